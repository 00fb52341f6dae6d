// SPDX-License-Identifier: Apache-2.0
// CPU lists as sysfs prints them; Documentation/admin-guide/cputopology.rst.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExporterError } from '../errors.ts';

const SYSFS_CPU = '/sys/devices/system/cpu';

/** Beyond any kernel's NR_CPUS: keeps a damaged list from filling memory. */
const MAX_CPU = 65535;

/** "0,3-7" to [0, 3, 4, 5, 6, 7]. An empty list is empty. */
export function parseCpuMask(text: string): number[] {
  const mask = text.trim();
  return mask === '' ? [] : mask.split(',').flatMap((part) => parseRange(part, mask));
}

function parseRange(part: string, mask: string): number[] {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(part);
  const first = Number(match?.[1]);
  const last = match?.[2] === undefined ? first : Number(match[2]);
  if (match === null || last < first || last > MAX_CPU) {
    throw new ExporterError(`parse CPU list "${mask}": "${part}" is not a CPU or a range of CPUs`);
  }
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/**
 * "possible" CPUs are those that could ever come online: per-CPU map values have one part for each, in
 * ascending order and without gaps, whatever the ids. "online" is a subset that changes at run time.
 */
export function readCpuMask(kind: 'online' | 'possible', root = SYSFS_CPU): number[] {
  return parseCpuMask(readFileSync(join(root, kind), 'utf8'));
}
