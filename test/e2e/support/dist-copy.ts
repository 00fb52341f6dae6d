// SPDX-License-Identifier: Apache-2.0
// A copy of the installed package that a test may damage.
import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The build that the tests run from. */
export const DIST = fileURLToPath(new URL('../../../', import.meta.url));

export interface DistCopy {
  readonly folder: string;
  readonly main: string;
  /** The path of a file in its `dist`, such as "bpf/xdp_exporter.bpf.o". */
  file(path: string): string;
  /** Has an object in its `dist/bpf` be another, as if it had been built so. */
  rebuild(name: string, object: string): void;
  remove(): void;
}

export function copyOfDist(): DistCopy {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-exporter-'));
  cpSync(join(DIST, 'src'), join(folder, 'dist/src'), { recursive: true });
  cpSync(join(DIST, 'bpf'), join(folder, 'dist/bpf'), { recursive: true });
  cpSync(join(DIST, '../package.json'), join(folder, 'package.json'));
  symlinkSync(join(DIST, '../node_modules'), join(folder, 'node_modules'));
  const file = (path: string) => join(folder, 'dist', path);
  return {
    folder,
    main: file('src/main.js'),
    file,
    rebuild(name, object) {
      cpSync(object, file(`bpf/${name}`));
      const digest = createHash('sha256').update(readFileSync(object)).digest('hex');
      const list = file('src/kernel/objects.sha256');
      const lines = readFileSync(list, 'utf8').split('\n');
      const others = lines.filter((line) => line !== '' && !line.endsWith(` ${name}`));
      writeFileSync(list, `${[...others, `${digest}  ${name}`].join('\n')}\n`);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
