// SPDX-License-Identifier: Apache-2.0
// Lists of key=value with commas between, percent-encoded: headers and resource attributes.
import type { OtelVariables } from './environment.ts';

/** The library reads them as well, and leaves out the same ones in silence. */
export function checkHeaders(variables: OtelVariables, names: readonly string[]): void {
  for (const name of names) {
    readItems(variables, name, /^[^=]+=./);
  }
}

/**
 * By key. The library's detector would drop all of them where one is wrong or longer than 255 characters, and with
 * them the name of the node that the instance id is made of.
 */
export function readAttributes(
  variables: OtelVariables,
  name: string,
): Readonly<Record<string, string>> {
  return Object.fromEntries(readItems(variables, name, /^[^=]*[^=\s][^=]*=[^=]*$/));
}

/** Those that are right. Of others it says the place: what is in them may be a secret. */
function readItems(
  variables: OtelVariables,
  name: string,
  pattern: RegExp,
): readonly (readonly [string, string])[] {
  const items = variables.find(name)?.value.split(',') ?? [];
  return items.flatMap((item, index) => {
    const text = item.trim();
    const pair = pattern.test(text) ? decodeItem(text) : undefined;
    if (pair === undefined && text !== '') {
      const note = `read ${name}: item ${index + 1} is not key=value in percent-encoding`;
      variables.warn(`${note}; the item is ignored`);
    }
    return pair === undefined ? [] : [pair];
  });
}

function decodeItem(text: string): readonly [string, string] | undefined {
  const split = text.indexOf('=');
  const parts = [text.slice(0, split), text.slice(split + 1)];
  try {
    const [key = '', value = ''] = parts.map((part) => decodeURIComponent(part.trim()));
    return [key, value];
  } catch {
    return undefined;
  }
}
