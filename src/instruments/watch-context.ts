// SPDX-License-Identifier: Apache-2.0
// What a watched device is called, and what every one of them needs.
import type { Log, LogFields } from '../log.ts';
import type { OpenInstrument } from './instrument.ts';

/** By its namespace and name: what comes back under both is the same device and counts on. */
export interface DeviceName {
  /** The label of its network namespace, where it has one: see `netns` in src/snapshot/device.ts. */
  readonly netns?: string;
  /** The kernel's, as text; see `Device` in src/kernel/device.ts. */
  readonly name: string;
}

/** What is kept for the next process; see Estate in inheritance.ts. */
export interface Memory {
  /** Whose counters are in a slot. Throws an ExporterError where it cannot be kept. */
  remember(slot: number, device: DeviceName & { readonly startedAtMs: number }): void;
  forget(slot: number): void;
}

/** What every watched device needs. */
export interface WatchContext {
  readonly open: OpenInstrument;
  readonly log: Log;
  /** The level at which a device that is down is logged. */
  readonly downLevel: 'debug' | 'info' | 'warn';
  /** Whether no instrument can be opened any more; absent: never. */
  readonly isSealed?: () => boolean;
  /** Ms of a clock that nobody sets. */
  readonly nowMs: () => number;
  /** Ms of the wall clock, for what is printed. */
  readonly wallMs: () => number;
  /** Absent: nothing is kept for the next process. */
  readonly memory?: Memory;
}

/** As fields of a line of the log. */
export function fieldsOf({ netns, name }: DeviceName): LogFields {
  return { device: name, ...(netns === undefined ? {} : { netns }) };
}
