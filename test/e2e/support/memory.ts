// SPDX-License-Identifier: Apache-2.0
// The memory of another process.
import { readFileSync } from 'node:fs';
import { wireOf } from './wire-pid.ts';

/** VmRSS in proc_pid_status(5), in KiB there. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
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
