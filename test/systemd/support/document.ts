// SPDX-License-Identifier: Apache-2.0
// What docs/systemd.md tells to type and to enter.
import { readFileSync } from 'node:fs';

export const DOCUMENT = readFileSync(
  new URL('../../../../docs/systemd.md', import.meta.url),
  'utf8',
);

/** A document's blocks of code in a language such as "sh", in order. */
export function blocksOf(language: string, document = DOCUMENT): string[] {
  const pattern = new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs');
  return [...document.matchAll(pattern)].map(([, block = '']) => block);
}
