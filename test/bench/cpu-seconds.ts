// SPDX-License-Identifier: Apache-2.0
// The CPU time of a process.
import { readFileSync } from 'node:fs';

/** USER_HZ of proc_pid_stat(5). */
const TICKS_PER_SECOND = 100;

/** utime and stime, fields 14 and 15 of proc_pid_stat(5); the command's name before them may hold spaces. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
