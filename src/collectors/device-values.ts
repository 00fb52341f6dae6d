// SPDX-License-Identifier: Apache-2.0
// From the kernel's values by slot to a part by device.
import { DEVICE } from '../kernel/layout.ts';
import type { PerCpuValues } from '../kernel/per-cpu-values.ts';
import type { Reading } from './collector.ts';

type Field = keyof typeof DEVICE.offsets;

/** Where a field of struct xdp_device begins, in words from the start of the struct. */
export function wordOf(field: Field): number {
  return DEVICE.offsets[field] / 8;
}

/**
 * What `decode` makes of each device that was counted, in the order of the snapshot's devices.
 * @param decode takes the word at which the device's value begins on the first CPU, and the device's slot
 */
export function deviceValues<Value>(
  { slots }: Reading,
  values: PerCpuValues,
  decode: (start: number, slot: number) => Value,
): readonly (Value | undefined)[] {
  return slots.map((slot) =>
    slot === undefined ? undefined : decode(slot * values.wordsPerKey, slot),
  );
}
