// SPDX-License-Identifier: Apache-2.0
// What a device's program costs, in a snapshot.
import type { ProgramInfo } from './device.ts';

export interface ProgramCost {
  /** The program that was measured last. */
  readonly program: Pick<ProgramInfo, 'name' | 'role'>;
  /** Of a run, in the last measurement; absent where the program did not run in it. */
  readonly averageSeconds?: number;
  /** Runs in all measurements of the device, since it is counted. Never goes back. */
  readonly runs: number;
}

/** In the order of `Snapshot.devices`; undefined for one that was not yet measured. */
export interface ProgramCostPart {
  readonly devices: readonly (ProgramCost | undefined)[];
}
