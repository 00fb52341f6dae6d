// SPDX-License-Identifier: Apache-2.0
// The wire of an exporter, and what the kernel shows of it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';

/** Undefined between two wires. */
export function wireOf(engine: number): number | undefined {
  const children = readFileSync(`/proc/${engine}/task/${engine}/children`, 'utf8').trim();
  return children
    .split(' ')
    .filter((pid) => pid !== '')
    .map(Number)
    .find(isWire);
}

/**
 * The engine of the one exporter that serves in a network namespace, whatever container it is in.
 * @param netns path, such as /run/netns/NAME
 */
export function engineIn(netns: string): number {
  const { ino } = statSync(netns);
  const [wire, ...others] = readdirSync('/proc')
    .map(Number)
    .filter((pid) => isWire(pid) && statSync(`/proc/${pid}/ns/net`).ino === ino);
  assert.ok(wire !== undefined && others.length === 0, `one wire is in ${netns}`);
  return Number(statusOf(wire, 'PPid')[0]);
}

function isWire(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/wire/wire.js\0');
  } catch {
    return false;
  }
}

/** One that has ended and that nobody has waited for yet is gone, too. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** A line of /proc/PID/status, for each thread. */
export function statusOf(pid: number, name: string): readonly string[] {
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const status = readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8');
    return new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(status)?.[1] ?? 'none';
  });
}

/** Fails where any thread of a wire has a capability, or may gain one by running a program. */
export function assertWithoutRights(wire: number): void {
  for (const set of ['CapInh', 'CapPrm', 'CapEff', 'CapAmb']) {
    assert.deepEqual([...new Set(statusOf(wire, set))], ['0000000000000000'], set);
  }
  assert.deepEqual([...new Set(statusOf(wire, 'NoNewPrivs'))], ['1']);
}

/** What each descriptor leads to, without the numbers of sockets and pipes. */
export function descriptorsOf(pid: number): Record<string, string> {
  const folder = `/proc/${pid}/fd`;
  const entries = readdirSync(folder).map((fd) => [fd, readlinkSync(`${folder}/${fd}`)] as const);
  return Object.fromEntries(entries.map(([fd, target]) => [fd, target.replace(/:\[\d+\]$/, '')]));
}
