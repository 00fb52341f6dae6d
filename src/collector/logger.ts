// SPDX-License-Identifier: Apache-2.0
// The logger map (what the kernel counted) and the readers' counts to one DeviceLog a device.
import { LOGGER } from '../kernel/abi.ts';
import type { PerCpuReader } from '../kernel/per-cpu-map.ts';
import { type DeviceLog, FAMILIES, MALFORMED_REASONS, PROTOCOLS } from '../snapshot/logger.ts';
import { sumOverCpus, sumsOverCpus } from './traffic.ts';

const WORDS = Object.fromEntries(
  Object.entries(LOGGER.offsets).map(([field, offset]) => [field, offset / 8]),
) as Record<keyof typeof LOGGER.offsets, number>;

/** What the readers have done with the records of one device, in records. */
export interface ReadRecords {
  readonly decoded: number;
  /** Decoded before their batch was lost: the kernel counts them as lost, and is wrong about them. */
  readonly recoveredFromFullRing: number;
  readonly recoveredWithoutRing: number;
}

/** The exported losses of one slot, which must not go back while a correction is ahead of its loss. */
interface Losses {
  ringFull: number;
  noRing: number;
}

export class LoggerCollector {
  readonly #map: PerCpuReader;
  readonly #losses = new Map<number, Losses>();

  constructor(map: PerCpuReader) {
    this.#map = map;
  }

  /**
   * Reads slots 0..slots-1. `catchUp` turns the readers after the kernel's counters were read, so that
   * it has seen every loss which those counters hold, and tells by slot what the readers have done.
   */
  read(slots: number, catchUp: () => (slot: number) => ReadRecords): readonly DeviceLog[] {
    const values = this.#map.read(slots);
    const readRecords = catchUp();
    return Array.from({ length: slots }, (_, slot) => {
      const start = slot * values.wordsPerKey;
      const sum = (word: number) => sumOverCpus(values, start + word);
      const sums = (word: number, length: number, step = 1) =>
        sumsOverCpus(values, start + word, length, step);
      const records = readRecords(slot);
      const losses = this.#correct(slot, sum(WORDS.ring_full), sum(WORDS.no_ring), records);
      const classes = FAMILIES.length * PROTOCOLS.length;
      const packets = sums(WORDS.protocols, classes, 2);
      const seen = packets.reduce((total, count) => total + count, 0);
      const sampledOut = sum(WORDS.sampled_out);
      const gone = sampledOut + losses.ringFull + losses.noRing + records.decoded;
      return {
        decoded: records.decoded,
        sampledOut,
        ...losses,
        pending: Math.max(0, seen - gone),
        packets,
        bytes: sums(WORDS.protocols + 1, classes, 2),
        malformed: sums(WORDS.malformed, MALFORMED_REASONS.length),
      };
    });
  }

  /** For a slot that another device is to have. */
  clearSlot(slot: number): void {
    this.#losses.delete(slot);
  }

  #correct(slot: number, ringFull: number, noRing: number, records: ReadRecords): Losses {
    const before = this.#losses.get(slot) ?? { ringFull: 0, noRing: 0 };
    const losses = {
      ringFull: Math.max(before.ringFull, ringFull - records.recoveredFromFullRing),
      noRing: Math.max(before.noRing, noRing - records.recoveredWithoutRing),
    };
    this.#losses.set(slot, losses);
    return losses;
  }
}
