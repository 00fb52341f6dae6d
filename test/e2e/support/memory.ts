// SPDX-License-Identifier: Apache-2.0
// The memory of another process.
import { readFileSync } from 'node:fs';
import { wireOf } from './wire-pid.ts';

/** What of a process is in memory, bytes. */
export interface Resident {
  readonly allBytes: number;
  /** Heaps, stacks, compiled code: all that can leak. With what of it is swapped out. */
  readonly anonymousBytes: number;
  /** Parts of files, programs and libraries above all, which the kernel drops and reads again as it likes. */
  readonly fileBytes: number;
}

/** VmRSS, RssAnon, VmSwap and RssFile in proc_pid_status(5), in KiB there. */
export function residentMemory(pid: number): Resident {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (field: string) =>
    Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) * 1024;
  return {
    allBytes: bytes('VmRSS'),
    anonymousBytes: bytes('RssAnon') + bytes('VmSwap'),
    fileBytes: bytes('RssFile'),
  };
}

/** Pss in proc_pid_smaps(5): pages that several processes map count in each by its share. Of the exporter's two processes. */
export function exporterBytes(engine: number): number {
  const wire = wireOf(engine);
  return proportionalBytes(engine) + (wire === undefined ? 0 : proportionalBytes(wire));
}

function proportionalBytes(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)?.[1]) * 1024;
}

/** What the cgroup of a process is charged for, its own memory and the cache and the BPF maps beside: v2's or else v1's. */
export function cgroupBytes(pid: number): number {
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  const [, first] = /^\d+:memory:(.*)$/m.exec(groups) ?? [];
  const [, second = ''] = /^0::(.*)$/m.exec(groups) ?? [];
  const file =
    first === undefined ? `${second}/memory.current` : `/memory${first}/memory.usage_in_bytes`;
  return Number(readFileSync(`/sys/fs/cgroup${file}`, 'utf8'));
}

/** For a test to tell: "cgroup 93.1 MB; PSS 41.2 MB of the engine, 38.0 MB of the wire". */
export function tellMemory(engine: number): string {
  const mb = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
  const whole = exporterBytes(engine);
  const own = proportionalBytes(engine);
  return `cgroup ${mb(cgroupBytes(engine))}; PSS ${mb(own)} of the engine, ${mb(whole - own)} of the wire`;
}
