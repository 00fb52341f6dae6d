// SPDX-License-Identifier: Apache-2.0
// A network namespace with a veth pair, "v0" and "v1", for tests of attaching: both ends inside, IPv6 off, links up.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execFileAsync = promisify(execFile);

export async function run(command: string, ...args: string[]): Promise<string> {
  const { stdout } = await execFileAsync(command, args, { timeout: 60_000 });
  return stdout;
}

export interface Namespace {
  readonly name: string;
  /** Runs ip(8) inside. */
  ip(...args: string[]): Promise<string>;
  /** The id of the XDP program on a device; undefined where there is none. */
  xdpProgramId(device: string): Promise<number | undefined>;
  close(): Promise<void>;
}

let serial = 0;

export async function createNamespace(): Promise<Namespace> {
  const name = `xdp-test-${process.pid}-${serial++}`;
  await run('ip', 'netns', 'add', name);
  const ip = (...args: string[]) => run('ip', '-netns', name, ...args);
  const namespace: Namespace = {
    name,
    ip,
    async xdpProgramId(device) {
      const [link] = JSON.parse(await ip('-json', '-details', 'link', 'show', device));
      return link?.xdp?.prog?.id;
    },
    close: async () => {
      await run('ip', 'netns', 'del', name);
    },
  };
  try {
    await run('ip', 'netns', 'exec', name, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1');
    await run('ip', 'netns', 'exec', name, 'sysctl', '-qw', 'net.ipv6.conf.default.disable_ipv6=1');
    await ip('link', 'add', 'v0', 'type', 'veth', 'peer', 'name', 'v1');
    for (const device of ['lo', 'v0', 'v1']) {
      await ip('link', 'set', device, 'up');
    }
    return namespace;
  } catch (error) {
    await namespace.close();
    throw error;
  }
}

/** Polls until `check` holds; fails with `what` when time is up. */
export async function until(
  what: string,
  check: () => Promise<boolean> | boolean,
  seconds = 10,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await check())) {
    if (Date.now() > deadline) {
      throw new Error(`not within ${seconds} s: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
