// SPDX-License-Identifier: Apache-2.0
// The wire of an exporter, and what the kernel shows of it.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Undefined between two wires. */
export function wireOf(engine: number): number | undefined {
  const children = readFileSync(`/proc/${engine}/task/${engine}/children`, 'utf8').trim();
  return children
    .split(' ')
    .filter((pid) => pid !== '')
    .map(Number)
    .find(isWire);
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

/** What each descriptor leads to, without the numbers of sockets and pipes. */
export function descriptorsOf(pid: number): Record<string, string> {
  const folder = `/proc/${pid}/fd`;
  const entries = readdirSync(folder).map((fd) => [fd, readlinkSync(`${folder}/${fd}`)] as const);
  return Object.fromEntries(entries.map(([fd, target]) => [fd, target.replace(/:\[\d+\]$/, '')]));
}
