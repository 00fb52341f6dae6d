// SPDX-License-Identifier: Apache-2.0
// What docs/capabilities.md says, for tests to hold it to.
import { readFileSync } from 'node:fs';

const DOCUMENT = new URL('../../../../docs/capabilities.md', import.meta.url);

export interface CapabilityRow {
  /** Without "CAP_". */
  readonly capability: string;
  /** What the exporter prints without it. */
  readonly message: string;
}

/** The table "capability | what for | without it", whose last cell ends with the message as code. */
export function readCapabilityTable(): CapabilityRow[] {
  return [...readFileSync(DOCUMENT, 'utf8').matchAll(/^\| `CAP_(\w+)` \|.*`([^`]+)` \|$/gm)].map(
    ([, capability = '', message = '']) => ({ capability, message }),
  );
}

/** Whether it quotes a message, as code. */
export function isDocumented(message: string): boolean {
  return message !== '' && readFileSync(DOCUMENT, 'utf8').includes(`\`${message}\``);
}

/** The flags of the documented "docker run", up to the name of the image. */
export function readRunFlags(): string[] {
  const [, flags = ''] =
    /^docker run ((?:.|\\\n)*?) xdp-exporter\b/m.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  return flags.split(/[\s\\]+/).filter((flag) => flag !== '');
}
