// SPDX-License-Identifier: Apache-2.0
// What docs/capabilities.md says, for tests to hold it to.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

const DOCUMENT = new URL('../../../../docs/capabilities.md', import.meta.url);

export interface CapabilityRow {
  /** Without "CAP_". */
  readonly capability: string;
  /** What the exporter prints without it. */
  readonly message: string;
}

/** The table "capability | what for | without it | test", where the third cell ends with the message as code. */
export function readCapabilityTable(): CapabilityRow[] {
  const rows = /^\| `CAP_(\w+)` \|[^|]*\|[^|]*`([^`|]+)` \|[^|]*\|$/gm;
  return [...readFileSync(DOCUMENT, 'utf8').matchAll(rows)].map(
    ([, capability = '', message = '']) => ({ capability, message }),
  );
}

/** What the exporter prints without a capability, by the first row of that table that says so. */
export function messageWithout(capability: string): string {
  const row = readCapabilityTable().find((each) => each.capability === capability);
  assert.ok(row !== undefined, `docs/capabilities.md has no row for CAP_${capability}`);
  return row.message;
}

/** Every row of that table: its capabilities, without "CAP_", and the files of the tests that it names, as the document links them. */
export function readCapabilityTests(): { capabilities: string[]; tests: string[] }[] {
  const [table = ''] = /^\| capability \|.*(?:\n\|.*)+/m.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  return table
    .split('\n')
    .slice(2)
    .map((row) => {
      const [, first = '', ...cells] = row.split('|');
      const tests = (cells.at(-2) ?? '').matchAll(/\]\((\.\.\/test\/[^)]+)\)/g);
      const capabilities = first.matchAll(/CAP_(\w+)/g);
      return {
        capabilities: [...capabilities].map(([, name = '']) => name),
        tests: [...tests].map(([, path = '']) => path),
      };
    });
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
