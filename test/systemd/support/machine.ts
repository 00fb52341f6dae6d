// SPDX-License-Identifier: Apache-2.0
// A machine whose PID 1 is systemd: a container on top of a Debian root, with a network of its own and no way out.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { until } from '../../e2e/support/namespace.ts';

const execFileAsync = promisify(execFile);

const TIMEOUT_MS = 120_000;
/** A systemd from 256 on has to be told that it may use the first version of cgroups, where the host has that. */
const INIT = ['/sbin/init', 'SYSTEMD_CGROUP_ENABLE_LEGACY_FORCE=1'];
const START_SECONDS = 60;

export interface MachineOptions {
  /** Stays as it is: what the machine writes goes elsewhere, and away. */
  readonly root: string;
  /** Host paths by their paths inside. Folders stay as they are too. */
  readonly folders: Readonly<Record<string, string>>;
  readonly environment: Readonly<Record<string, string>>;
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Machine {
  /** Of its network, for a process outside to enter. */
  readonly netns: string;
  /** Has bash run it in /root, whatever it ends with. */
  attempt(command: string): Promise<Ended>;
  /** The same, and fails where it fails. What it prints, without the last newline. */
  type(command: string): Promise<string>;
  close(): Promise<void>;
}

/** Without a configuration of the host: its own storage, no daemon, nothing in the host's networks. */
export async function startMachine(options: MachineOptions): Promise<Machine> {
  const storage = await mkdtemp(join(tmpdir(), 'xdp-systemd-'));
  const name = `xdp-systemd-${process.pid}`;
  const podman = (...args: string[]) =>
    execFileAsync('podman', [...storageFlags(storage), ...args], { timeout: TIMEOUT_MS });
  const attempt = async (command: string): Promise<Ended> => {
    try {
      return { code: 0, ...(await podman('exec', '-w', '/root', name, 'bash', '-c', command)) };
    } catch (error) {
      const { code, stdout, stderr } = error as Ended;
      return { code, stdout, stderr };
    }
  };
  const machine = {
    attempt,
    async type(command: string) {
      const { code, stdout, stderr } = await attempt(command);
      if (code !== 0) {
        throw new Error(`type ${command}: it ended with ${code}\n${stdout}${stderr}`);
      }
      return stdout.trimEnd();
    },
    async close() {
      await podman('rm', '--force', '--time', '0', name);
      // podman takes its mount away a moment later.
      await rm(storage, { recursive: true, force: true, maxRetries: 20 });
    },
  };
  try {
    await podman('run', '--detach', '--name', name, ...machineFlags(options), ...INIT);
    await until(
      'systemd has started',
      async () => {
        const { stdout } = await attempt('systemctl is-system-running');
        // Of a container, some units of Debian 13 fail.
        return /^(running|degraded)$/.test(stdout.trim());
      },
      START_SECONDS,
    );
    // As a systemd that is not in a container has it: without that, no service sees its credentials.
    await machine.type('mount --make-rshared /');
    const { stdout: pid } = await podman('inspect', '--format', '{{.State.Pid}}', name);
    return { ...machine, netns: `/proc/${pid.trim()}/ns/net` };
  } catch (error) {
    await machine.close().catch(() => {});
    throw error;
  }
}

function storageFlags(folder: string): string[] {
  const places = ['root', 'runroot', 'network-config-dir'].map((flag) => {
    return `--${flag}=${join(folder, flag)}`;
  });
  // crun refuses a machine with both kinds of cgroups.
  return [...places, '--storage-driver=overlay', '--cgroup-manager=cgroupfs', '--runtime=runc'];
}

function machineFlags({ root, folders, environment }: MachineOptions): string[] {
  return [
    ...['--systemd=always', '--privileged', '--network=none'],
    // A root without CAP_SYS_RESOURCE cannot raise limits to podman's own.
    ...['--ulimit=nofile=4096:4096', '--ulimit=nproc=4096:4096'],
    // Frames that the kernel sends of its own accord would be counted.
    ...['--sysctl', 'net.ipv6.conf.all.disable_ipv6=1'],
    ...Object.entries(folders).flatMap(([inside, host]) => ['--volume', `${host}:${inside}:O`]),
    ...Object.entries(environment).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...['--rootfs', `${root}:O`],
  ];
}
