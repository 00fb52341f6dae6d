// SPDX-License-Identifier: Apache-2.0
// Podman with a store and settings of its own, in a temporary folder: it sees no other's images and leaves none.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandOptions, type Finished, finish, succeed } from './command.ts';

/** cgroupfs, since not every machine runs systemd; runc, since crun refuses hybrid cgroups. */
const SETTINGS = `
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=20000:20000"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
`;

export interface Podman {
  /** For what a test needs beside the store. Removed at the end. */
  readonly folder: string;
  /** What it printed; rejects where it fails. */
  run(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Resolves also where it fails. */
  try(args: readonly string[], options?: CommandOptions): Promise<Finished>;
  /** Ends all containers and removes everything. May be called again. */
  close(): Promise<void>;
}

export function createPodman(): Podman {
  // On a disk: layers are large, and not every /tmp holds what overlayfs needs.
  const folder = mkdtempSync('/var/tmp/xdp-exporter-podman-');
  const store = join(folder, 'store');
  const state = join(folder, 'state');
  const env = {
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
    TMPDIR: folder,
  };
  writeFileSync(env.CONTAINERS_CONF, SETTINGS);
  writeFileSync(
    env.CONTAINERS_STORAGE_CONF,
    `[storage]\ndriver = "overlay"\ngraphroot = "${store}"\nrunroot = "${state}"\n`,
  );
  return {
    folder,
    run: (args, options) => succeed('podman', args, { ...options, env }),
    try: (args, options) => finish('podman', args, { ...options, env }),
    async close() {
      await finish('podman', ['rm', '--all', '--force', '--time', '1'], { env });
      await finish('podman', ['image', 'umount', '--all', '--force'], { env });
      await finish('umount', [join(store, 'overlay')]);
      // Whatever is still mounted there is not ours to empty.
      await succeed('rm', ['--recursive', '--force', '--one-file-system', folder]);
    },
  };
}
