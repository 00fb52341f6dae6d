// SPDX-License-Identifier: Apache-2.0
// The plain data that crosses from the engine to the other side: one consistent read of the kernel.
import type { CollectorReport } from '../collectors/collector.ts';
import type { Parts } from '../collectors/list.ts';
import type { DeviceSnapshot } from './device.ts';

export interface Snapshot {
  /** Of the wall clock, which may be set: to print, and to date points. */
  readonly takenAtMs: number;
  /** Of a clock that nobody sets and that only goes on: rates are made of it. */
  readonly monotonicMs: number;
  /** When the engine started, ms of the wall clock: since when what it counts of itself counts. */
  readonly startedAtMs: number;
  /** Ids, ascending and with gaps, of the CPUs that were online, or that send although the kernel does not list them. */
  readonly cpus: readonly number[];
  /** In an order that lasts from snapshot to snapshot only while no device comes or goes. */
  readonly devices: readonly DeviceSnapshot[];
  /** What each collector read, by its name; absent where it failed or is switched off. */
  readonly parts: Parts;
  readonly collectors: readonly CollectorReport[];
}
