// SPDX-License-Identifier: Apache-2.0
// Podman with a store and settings of its own, in a temporary folder: it sees no other's images and leaves none.
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../../src/demo/lab.ts';
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
  /** For another process that runs podman, to be the same. */
  readonly environment: NodeJS.ProcessEnv;
  /** What it printed; rejects where it fails. */
  run(args: readonly string[], options?: CommandOptions): Promise<string>;
  /** Resolves also where it fails. */
  try(args: readonly string[], options?: CommandOptions): Promise<Finished>;
  /** Ends all containers and removes everything. May be called again. */
  close(): Promise<void>;
}

/** On a disk: layers are large, and not every /tmp holds what overlayfs needs. The number is its process's. */
const PARENT = '/var/tmp';
const FOLDER = /^xdp-exporter-podman-(\d+)-\w+$/;

/** Of a hundred thousand files, on a machine that is busy. */
const REMOVE_TIMEOUT_MS = 180_000;

/** Also removes what processes that are gone have left behind. */
export async function createPodman(): Promise<Podman> {
  for (const name of readdirSync(PARENT)) {
    const pid = FOLDER.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      await remove(join(PARENT, name));
    }
  }
  const folder = mkdtempSync(join(PARENT, `xdp-exporter-podman-${process.pid}-`));
  const env = environmentOf(folder);
  writeFileSync(env.CONTAINERS_CONF, SETTINGS);
  writeFileSync(
    env.CONTAINERS_STORAGE_CONF,
    `[storage]\ndriver = "overlay"\ngraphroot = "${join(folder, 'store')}"\nrunroot = "${join(folder, 'state')}"\n`,
  );
  return {
    folder,
    environment: env,
    run: (args, options) => succeed('podman', args, { ...options, env }),
    try: (args, options) => finish('podman', args, { ...options, env }),
    close: () => remove(folder),
  };
}

function environmentOf(folder: string) {
  return {
    CONTAINERS_CONF: join(folder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
    TMPDIR: folder,
  };
}

async function remove(folder: string): Promise<void> {
  const env = environmentOf(folder);
  await finish('podman', ['rm', '--all', '--force', '--time', '1'], { env });
  await finish('podman', ['image', 'umount', '--all', '--force'], { env });
  await finish('umount', [join(folder, 'store/overlay')]);
  // Whatever is still mounted there is not ours to empty.
  await succeed('rm', ['--recursive', '--force', '--one-file-system', folder], {
    timeoutMs: REMOVE_TIMEOUT_MS,
  });
}
