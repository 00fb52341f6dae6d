// SPDX-License-Identifier: Apache-2.0
// The sources that send most to each device, as counters that never go back, in bounded memory.
import type { TakeRecords } from '../record.ts';
import { formatSource, type PrefixLengths } from './address.ts';
import { createDecay, type Decay } from './decay.ts';
import { createDecoded, createDeviceIntake, type Decoded } from './device-intake.ts';
import { createMembership, type Membership, type Moment } from './membership.ts';
import type { SourceCounts, SourcesSnapshot } from './snapshot.ts';
import { createHashSeed, type HashSeed } from './source-hash.ts';
import { createSourceIntake } from './source-intake.ts';
import { clearTableSlot, createSourceTable, type SourceTable } from './source-table.ts';
import { familyOfTag } from './source-tag.ts';
import { createSweep, type Sweep } from './sweep.ts';
import { createTokenBucket } from './token-bucket.ts';

const ADDRESS_BYTES = 16;

/** What the --top.* flags say. */
export interface TopSourcesOptions extends PrefixLengths {
  /** Series for each device; 0: none, and no table. As many again may be frozen. */
  readonly maxSeries: number;
  /** Sources in the table, of all devices; rounded up to a power of two. An entry takes 52 bytes. */
  readonly tableSize: number;
  /** Of a device's recent packets, 0 to 1: below it no source joins. */
  readonly minShare: number;
  /** Of the whole process. */
  readonly newSeriesPerHour: number;
}

/** One for all devices and rings of a process. Lives in the engine. */
export class TopSources {
  /** For every ring. */
  readonly take: TakeRecords;
  readonly #decoded: Decoded;
  readonly #table: SourceTable;
  readonly #decay: Decay;
  readonly #membership: Membership;
  readonly #sweep: Sweep;
  readonly #isOn: boolean;
  /** May take tokens before all others. */
  #firstSlot = 0;
  #rankedAtMs: number | undefined;

  /**
   * @param slots that records may have, 1 to 4096
   * @param seed of the table's hash: secret, and another one in each process
   */
  constructor(slots: number, options: TopSourcesOptions, seed: HashSeed = createHashSeed()) {
    const { maxSeries, tableSize, minShare, newSeriesPerHour } = options;
    this.#isOn = maxSeries > 0;
    const table = createSourceTable(this.#isOn ? tableSize : 0, slots);
    const decoded = createDecoded(slots);
    this.#decoded = decoded;
    this.#table = table;
    this.#decay = createDecay(table, decoded.packets);
    this.#membership = createMembership({
      table,
      deviceScores: this.#decay.deviceScores,
      bucket: createTokenBucket(newSeriesPerHour),
      maxSeries,
      minShare,
      format: (entry) =>
        formatSource(addressOf(table, entry), familyOfTag(table.tags[entry] ?? 0), options),
    });
    this.#sweep = createSweep(table, maxSeries, this.#membership.barOf);
    this.take = this.#isOn
      ? createSourceIntake({ decoded, table, prefixes: options, seed })
      : createDeviceIntake(decoded);
  }

  /**
   * Decides anew which sources have a series. To be called about every second.
   * @param nowMs of a clock that nobody sets: scores decay and series expire by it
   * @param wallMs what series that begin now say of their start
   */
  rank(nowMs: number, wallMs: number): void {
    if (!this.#isOn) {
      return;
    }
    this.#decay.advance(nowMs - (this.#rankedAtMs ?? nowMs));
    this.#rankedAtMs = nowMs;
    if (this.#sweep.advance()) {
      this.#settle({ clockMs: nowMs, wallMs });
    }
  }

  /** The last to take a token goes last next time: no device can keep the others from having any. */
  #settle(now: Moment): void {
    const active = this.#decay.active();
    const first = this.#firstSlot;
    const inTurn = [
      ...active.filter((slot) => slot >= first),
      ...active.filter((slot) => slot < first),
    ];
    for (const slot of inTurn) {
      if (this.#membership.settle(slot, this.#sweep.challengers(slot), now)) {
        this.#firstSlot = slot + 1;
      }
    }
  }

  /** Records taken that were of the slot. */
  records(slot: number): number {
    return this.#decoded.records[slot] ?? 0;
  }

  /** Packets and bytes that the records of the slot stand for. */
  counts(slot: number): SourceCounts {
    const { packets, bytes } = this.#decoded;
    return { packets: packets[slot] ?? 0, bytes: bytes[slot] ?? 0 };
  }

  /** Changes nothing. */
  snapshot(slot: number): SourcesSnapshot {
    const { totals, startedAtMs, admitted, evicted } = this.#table;
    const sources = this.#membership.seriesOf(slot).map(({ entry, address }) => ({
      address,
      packets: totals[2 * entry] ?? 0,
      bytes: totals[2 * entry + 1] ?? 0,
      startedAtMs: startedAtMs[entry] ?? 0,
    }));
    return {
      sources,
      other: [this.#membership.departedOf(slot), ...sources].reduce(minus, this.counts(slot)),
      tracked: (admitted[slot] ?? 0) - (evicted[slot] ?? 0),
      evicted: evicted[slot] ?? 0,
    };
  }

  /** Forgets everything of a slot that another device is to have. */
  clearSlot(slot: number): void {
    for (const counts of Object.values(this.#decoded)) {
      counts[slot] = 0;
    }
    clearTableSlot(this.#table, slot);
    this.#decay.clearSlot(slot);
    this.#membership.clearSlot(slot);
  }
}

function addressOf({ addresses }: SourceTable, entry: number): Uint8Array {
  return new Uint8Array(addresses.buffer, ADDRESS_BYTES * entry, ADDRESS_BYTES);
}

function minus(all: SourceCounts, part: SourceCounts): SourceCounts {
  return { packets: all.packets - part.packets, bytes: all.bytes - part.bytes };
}
