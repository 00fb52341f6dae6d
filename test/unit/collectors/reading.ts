// SPDX-License-Identifier: Apache-2.0
// What the engine would give collectors to read: struct xdp_device of a few slots, and a recorder where there is one.
import type { Reading, RecorderReading } from '../../../src/collectors/collector.ts';
import { DEVICE } from '../../../src/kernel/layout.ts';
import type { RecorderState, TapState } from '../../../src/recorder/state.ts';
import type { Peaks } from '../../../src/snapshot/peaks.ts';
import type { QueuePackets } from '../../../src/snapshot/queue-packets.ts';
import { TOP_LISTS, type TopListSnapshots } from '../../../src/snapshot/top-list.ts';
import { FakePerCpuReader } from './fake-reader.ts';

export type Field = keyof typeof DEVICE.offsets;

export const STATE: RecorderState = {
  sampleInterval: 16,
  rings: [
    { cpu: 0, sizeBytes: 4_194_304, fillRatioMax: 0.25 },
    { cpu: 7, sizeBytes: 524_288, fillRatioMax: 0 },
  ],
  corruptions: { record: 1, position: 20, interval: 300 },
};

export const READERS: TapState = { open: 2, rows: 1_000, missed: 70 };

/** @param packets in 10 ms; all other numbers follow from it */
export function peaksOf(packets: number): Peaks {
  return {
    '10ms': { packets, bytes: 100 * packets },
    '1s': { packets: 2 * packets, bytes: 200 * packets },
  };
}

/** @param counts by slot, as the others */
export function recorderOf(
  counts: readonly number[],
  top: readonly TopListSnapshots[] = [],
  queues: readonly QueuePackets[] = [],
): RecorderReading {
  return {
    state: STATE,
    readers: READERS,
    decoded: (slot) => counts[slot] ?? 0,
    queues: (slot) => queues[slot],
    peaks: (slot, leftOut) => (leftOut > 0 ? undefined : peaksOf(10 * slot + 1)),
    top: Object.fromEntries(
      TOP_LISTS.filter((name) => top.some((lists) => name in lists)).map((name) => [
        name,
        (slot: number) => top[slot]?.[name],
      ]),
    ),
  };
}

interface Machine {
  readonly slots?: number;
  readonly possibleCpus?: number;
}

/** The kernel's side of a reading, which a test fills in. */
export class FakeDevices {
  readonly #reader: FakePerCpuReader;
  readonly #slots: number;

  constructor({ slots = 1, possibleCpus = 3 }: Machine = {}) {
    this.#slots = slots;
    this.#reader = new FakePerCpuReader(slots, possibleCpus, DEVICE.sizeBytes / 8);
  }

  /**
   * @param position of the CPU in the list of possible ones
   * @param word of the field: 0 is its first
   */
  set(
    field: Field,
    value: number | bigint,
    { slot = 0, position = 0, word = 0 }: { slot?: number; position?: number; word?: number } = {},
  ): void {
    this.#reader.set(slot, position, DEVICE.offsets[field] / 8 + word, BigInt(value));
  }

  /** Of every slot, on the first CPU, where the test does not say otherwise. */
  reading(given: Partial<Reading> = {}): Reading {
    return {
      slots: Array.from({ length: this.#slots }, (_, slot) => slot),
      cpuPositions: [0],
      packetSizes: true,
      values: () => this.#reader.read(this.#slots),
      ...given,
    };
  }
}

/** The word of the packets, or of the bytes, of the n-th pair of both. */
export function pairWord(index: number, quantity: 'packets' | 'bytes'): number {
  return 2 * index + (quantity === 'bytes' ? 1 : 0);
}
