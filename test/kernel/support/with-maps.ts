// SPDX-License-Identifier: Apache-2.0
// The shared maps, for as long as a test uses them.
import { SharedMaps } from '../../../src/kernel/shared-maps.ts';
import { OBJECT, PROGRAM } from './recording.ts';

/** Maps for so many CPUs, whether or not the machine has them, and rings of 64 records. */
export function withMaps<Result>(cpus: number, use: (maps: SharedMaps) => Result): Result {
  const possibleCpus = Array.from({ length: cpus }, (_, cpu) => cpu);
  const maps = new SharedMaps(OBJECT, PROGRAM, { possibleCpus, slots: 2, ringRecords: 64 });
  try {
    return use(maps);
  } finally {
    maps.close();
  }
}
