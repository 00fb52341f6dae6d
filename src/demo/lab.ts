// SPDX-License-Identifier: Apache-2.0
// A place for traffic that touches nothing else: two network namespaces with a veth pair between them.
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import { type RunIp, runIp } from './ip.ts';

const IPV6_SWITCH = '/proc/sys/net/ipv6/conf/all/disable_ipv6';

/** One end of the pair. */
export interface LabEnd {
  readonly netns: string;
  readonly device: string;
}

/** Whoever creates it closes it, after all that lives in it. */
export interface Lab {
  /** Where frames are made: "gen0". */
  readonly tx: LabEnd;
  /** Where they arrive, and an exporter attaches: "demo0". */
  readonly rx: LabEnd;
  /** Removes both namespaces, and with them the pair. May be called again. */
  close(): Promise<void>;
}

/** What a lab needs of the machine; a test gives its own. */
export interface LabMachine {
  readonly ip: RunIp;
  readonly isAlive: (pid: number) => boolean;
  readonly cpuCount: number;
  readonly hasIpv6: boolean;
}

function thisMachine(): LabMachine {
  // A queue for each CPU, so that no two of them feed one ring.
  return { ip: runIp, isAlive, cpuCount: cpus().length, hasIpv6: existsSync(IPV6_SWITCH) };
}

/**
 * Also removes what labs of processes that are gone have left behind. Rejects with a RequirementError where
 * iproute2 is missing or the process may not make namespaces; nothing is left of a lab that failed.
 *
 * @param name letters, digits and hyphens; unique among the labs of this process
 */
export async function createLab(
  { name }: { readonly name: string },
  machine: LabMachine = thisMachine(),
): Promise<Lab> {
  const tx = { netns: `xdp-${name}-${process.pid}-tx`, device: 'gen0' };
  const rx = { netns: `xdp-${name}-${process.pid}-rx`, device: 'demo0' };
  // Another lab that starts now may be removing the same. What stays is in nobody's way.
  await removeNamespaces(machine, isLeftover(machine.isAlive)).catch(() => {});
  const remove = () =>
    removeNamespaces(machine, (netns) => netns === tx.netns || netns === rx.netns);
  try {
    await build(tx, rx, machine);
  } catch (error) {
    await remove().catch(() => {});
    throw error;
  }
  let closing: Promise<void> | undefined;
  return {
    tx,
    rx,
    close() {
      closing ??= remove();
      return closing;
    },
  };
}

async function build(tx: LabEnd, rx: LabEnd, { ip, cpuCount, hasIpv6 }: LabMachine): Promise<void> {
  for (const { netns } of [tx, rx]) {
    await ip(['netns', 'add', netns]);
    if (hasIpv6) {
      // Before there is a device: an idle one would send router solicitations, which are counted like any frame.
      await ip(['netns', 'exec', netns, 'tee', IPV6_SWITCH], '1');
    }
  }
  const queues = ['numtxqueues', `${cpuCount}`, 'numrxqueues', `${cpuCount}`];
  const end = ({ netns, device }: LabEnd) => ['name', device, 'netns', netns, ...queues];
  await ip(['link', 'add', ...end(tx), 'type', 'veth', 'peer', ...end(rx)]);
  for (const { netns, device } of [tx, rx]) {
    await ip(['-n', netns, 'link', 'set', device, 'up']);
  }
}

async function removeNamespaces(
  { ip }: LabMachine,
  isUnwanted: (netns: string) => boolean,
): Promise<void> {
  // Each line is a name, perhaps followed by "(id: 3)".
  const names = (await ip(['netns', 'list'])).split('\n').map((line) => line.split(' ')[0] ?? '');
  for (const netns of names.filter(isUnwanted)) {
    await ip(['netns', 'delete', netns]);
  }
}

function isLeftover(isProcessAlive: (pid: number) => boolean): (netns: string) => boolean {
  return (netns) => {
    const pid = /^xdp-[a-z\d-]+-(\d+)-[rt]x$/.exec(netns)?.[1];
    return pid !== undefined && !isProcessAlive(Number(pid));
  };
}

/** Whether there is a process of that number, ours or another's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
