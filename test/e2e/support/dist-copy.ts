// SPDX-License-Identifier: Apache-2.0
// A copy of the installed package that a test may damage.
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
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
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
