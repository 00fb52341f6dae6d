// SPDX-License-Identifier: Apache-2.0
// The memory of another process.
import { readFileSync } from 'node:fs';

/** VmRSS in proc_pid_status(5), in KiB there. */
export function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
