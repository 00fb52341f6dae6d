// SPDX-License-Identifier: Apache-2.0
// A BPF file system of a test's own: what is pinned in it goes with it.
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './namespace.ts';

export interface BpfFileSystem {
  /** Its root, which everybody may write to. */
  readonly path: string;
  /** A directory for --state.pin, which is not there yet. */
  readonly pins: string;
  close(): Promise<void>;
}

export async function mountBpfFileSystem(): Promise<BpfFileSystem> {
  const path = mkdtempSync(join(tmpdir(), 'xdp-pins-'));
  await run('mount', '-t', 'bpf', 'bpf', path);
  return {
    path,
    pins: join(path, 'state'),
    async close() {
      await run('umount', '--lazy', path);
      rmdirSync(path);
    },
  };
}
