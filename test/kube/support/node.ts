// SPDX-License-Identifier: Apache-2.0
// A node of a cluster, as far as a DaemonSet sees it: a network namespace of a test, and podman 5 to play manifests in it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Finished, finish, succeed } from '../../image/support/command.ts';
import { ensurePodmanRoot, writeSettings } from './podman-root.ts';

/** Where podman finds the folder of the node. */
const INSIDE = '/mnt';

/**
 * Makes the folder $1 the root of a mount namespace: pivot_root(2) and not chroot(2), out of which "podman exec" would
 * lead. Then waits for the end of its input, which is the end of whoever started it. As the first process of a PID
 * namespace it takes all others there with it, and the mounts go with the last.
 */
const HOLD = `set -e
PATH=$PATH:/usr/sbin:/sbin
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount --rbind /sys "$1/sys"
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/run"
mount --bind "$2" "$1${INSIDE}"
mount --bind "$2/store" "$1/var/lib/containers"
cd "$1"
pivot_root . media
cd /
umount --lazy /media
echo ready
while read -r line; do :; done`;

export interface KubernetesNode {
  /** Rejects where podman fails. */
  run(...args: string[]): Promise<string>;
  /** Resolves also where it fails. */
  try(...args: string[]): Promise<Finished>;
  /** Gives a file to podman; resolves to the path that it has there. */
  copyIn(path: string): string;
  write(name: string, text: string): string;
  /** Runs a program of this machine in the node's network namespace. */
  inside(command: string, ...args: string[]): Promise<string>;
  /** Which profile containers get from now on; without, podman's own. */
  setSeccompProfile(path?: string): void;
  close(): Promise<void>;
}

/** Whoever creates it closes it, before its network namespace. One at a time: they share the root. */
export async function createNode(netns: string): Promise<KubernetesNode> {
  const root = await ensurePodmanRoot();
  // On a disk: layers are large, and not every /tmp holds what overlayfs needs.
  const folder = mkdtempSync('/var/tmp/xdp-exporter-node-');
  mkdirSync(join(folder, 'store'));
  writeSettings(root);
  const holder = spawn(
    'unshare',
    [
      '--mount',
      '--pid',
      '--fork',
      '--kill-child',
      '--propagation',
      'private',
      'bash',
      '-c',
      HOLD,
    ].concat('bash', root, folder),
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  await once(holder.stdout, 'data', { signal: AbortSignal.timeout(10_000) });
  const pid = readChild(holder);
  const enter = ['--mount', '--pid', '--target', `${pid}`, `--net=/run/netns/${netns}`];
  const podman = [...enter, 'podman'];
  const env = { PODMAN_IGNORE_CGROUPSV1_WARNING: '1' };
  return {
    run: (...args) => succeed('nsenter', [...podman, ...args], { env }),
    try: (...args) => finish('nsenter', [...podman, ...args], { env }),
    copyIn(path) {
      copyFileSync(path, join(folder, 'copied'));
      return `${INSIDE}/copied`;
    },
    write(name, text) {
      writeFileSync(join(folder, name), text);
      return `${INSIDE}/${name}`;
    },
    inside: (...command) => succeed('nsenter', [`--net=/run/netns/${netns}`, ...command]),
    setSeccompProfile: (path) => writeSettings(root, path),
    async close() {
      await finish('nsenter', [...podman, 'pod', 'rm', '--all', '--force', '--time', '1'], { env });
      holder.stdin.end();
      await once(holder, 'close');
      // Whatever is still mounted there is not ours to empty.
      await succeed('rm', ['--recursive', '--force', '--one-file-system', folder]);
    },
  };
}

/** The process that unshare(1) forked: the first one of the new PID namespace. */
function readChild({ pid }: ChildProcess): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim());
}
