// SPDX-License-Identifier: Apache-2.0
// How long a process could not run because the machine's CPUs had other work.
import { readdirSync, readFileSync } from 'node:fs';

/** Of all its threads since they started, ms: the second field of schedstat in proc(5). */
export function waitedForCpuMs(pid: number): number {
  let waitedNs = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const [, waiting] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ');
      waitedNs += Number(waiting);
    } catch {
      // A thread that has ended meanwhile.
    }
  }
  return waitedNs / 1e6;
}
