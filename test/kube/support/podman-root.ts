// SPDX-License-Identifier: Apache-2.0
// Debian 13 in a folder, for its podman 5, which plays DaemonSets: that of Debian 12 refuses them.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { succeed } from '../../image/support/command.ts';

/** Made once, and kept: it takes half a minute and 400 MB. */
const ROOT = '/var/cache/xdp-exporter-test/trixie-podman';
const PACKAGES = ['podman', 'runc', 'catatonit', 'netavark'];
const DEBOOTSTRAP_TIMEOUT_MS = 300_000;

/** Where the root's podman has its settings, and its profiles of system calls. */
const SETTINGS = 'etc/containers/containers.conf';
const PROFILE = 'usr/share/containers/seccomp.json';
export const CONTAINERD_PROFILE = '/etc/containers/seccomp-containerd.json';

export async function ensurePodmanRoot(): Promise<string> {
  if (!existsSync(ROOT)) {
    mkdirSync(dirname(ROOT), { recursive: true });
    const unfinished = mkdtempSync(`${ROOT}-`);
    const options = ['--variant=minbase', `--include=${PACKAGES.join(',')}`];
    await succeed('debootstrap', [...options, 'trixie', unfinished, ...(await findMirror())], {
      timeoutMs: DEBOOTSTRAP_TIMEOUT_MS,
    });
    renameSync(unfinished, ROOT);
  }
  // Where a node's store is mounted; no package brings it.
  mkdirSync(join(ROOT, 'var/lib/containers'), { recursive: true });
  writeFileSync(join(ROOT, CONTAINERD_PROFILE), containerdProfile());
  return ROOT;
}

/** @param seccompProfile path inside of the root; without, podman's own */
export function writeSettings(root: string, seccompProfile?: string): void {
  // cgroupfs, since not every machine runs systemd; runc, since crun refuses hybrid cgroups.
  const lines = [
    '[containers]',
    'default_ulimits = ["nofile=4096:4096", "nproc=20000:20000"]',
    ...(seccompProfile === undefined ? [] : [`seccomp_profile = "${seccompProfile}"`]),
    '[engine]',
    'cgroup_manager = "cgroupfs"',
    'events_logger = "file"',
    'runtime = "runc"',
  ];
  writeFileSync(join(root, SETTINGS), `${lines.join('\n')}\n`);
}

/** This machine's own, where apt knows one; else debootstrap's. */
async function findMirror(): Promise<string[]> {
  const format = ['--format', '$(ORIGIN) $(REPO_URI)', 'Created-By: Packages'];
  const lines = (await succeed('apt-get', ['indextargets', ...format])).split('\n');
  const mirror = lines.find((line) => line.startsWith('Debian ') && !line.includes('security'));
  return mirror === undefined ? [] : [mirror.slice('Debian '.length)];
}

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
}

/**
 * What RuntimeDefault means to containerd: CAP_PERFMON opens perf_event_open(2). Podman's profile has that rule too, and
 * another that refuses the call to all without CAP_SYS_ADMIN, which wins; this is that profile without the other.
 */
function containerdProfile(): string {
  const profile = JSON.parse(readFileSync(join(ROOT, PROFILE), 'utf8')) as { syscalls: Rule[] };
  const syscalls = profile.syscalls.map((rule) =>
    rule.action === 'SCMP_ACT_ERRNO'
      ? { ...rule, names: rule.names.filter((name) => name !== 'perf_event_open') }
      : rule,
  );
  return JSON.stringify({ ...profile, syscalls });
}
