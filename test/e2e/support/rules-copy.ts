// SPDX-License-Identifier: Apache-2.0
// The rules as they are shipped, but for durations that a test cannot wait for.
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PROJECT } from '../../deploy/support/rules.ts';

const SHIPPED = fileURLToPath(new URL('deploy/prometheus/', PROJECT));

/** Whoever makes it closes it. */
export class RulesCopy {
  readonly folder = mkdtempSync(join(tmpdir(), 'xdp-rules-'));

  /** @param durations what to put in the place of what; each must be there */
  constructor(durations: Readonly<Record<string, string>>) {
    cpSync(SHIPPED, this.folder, { recursive: true });
    const files = readdirSync(this.folder)
      .filter((name) => name.endsWith('.rules.yml'))
      .map((name) => join(this.folder, name));
    const texts = files.map((file) => readFileSync(file, 'utf8'));
    for (const shipped of Object.keys(durations)) {
      if (!texts.some((text) => text.includes(shipped))) {
        throw new Error(`copy rules: none has "${shipped}"`);
      }
    }
    for (const [index, text] of texts.entries()) {
      const changed = Object.entries(durations).reduce(
        (rules, [shipped, other]) => rules.replaceAll(shipped, other),
        text,
      );
      writeFileSync(files[index] ?? '', changed);
    }
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
