// SPDX-License-Identifier: Apache-2.0
// The keys that most packets of each device have, as counters that never go back, in bounded memory.

import type { Counts, TopListSnapshot } from '../../snapshot/top-list.ts';
import type { TakeRecords } from '../record.ts';
import { createDecay, type Decay } from './decay.ts';
import type { Decoded } from './device-intake.ts';
import type { Key } from './key.ts';
import { createHashSeed, type HashSeed } from './key-hash.ts';
import { clearTableSlot, createKeyTable, type KeyTable } from './key-table.ts';
import { familyOfTag } from './key-tag.ts';
import { createMembership, type Membership, type Moment } from './membership.ts';
import { createSweep, type Sweep } from './sweep.ts';
import { createTokenBucket } from './token-bucket.ts';

const KEY_BYTES = 16;

export interface TopListOptions {
  /** Series for each device, 1 or more. As many again may be frozen. */
  readonly maxSeries: number;
  /** Keys in the table, of all devices; rounded up to a power of two. An entry takes 52 bytes. */
  readonly tableSize: number;
  /** Of a device's recent packets, 0 to 1: below it no key joins. */
  readonly minShare: number;
  /** Of the whole process. */
  readonly newSeriesPerHour: number;
}

/** One for all devices and rings of a process. Lives in the engine. */
export class TopList {
  /** For every ring. */
  readonly take: TakeRecords;
  readonly #decoded: Decoded;
  readonly #table: KeyTable;
  readonly #decay: Decay;
  readonly #membership: Membership;
  readonly #sweep: Sweep;
  /** May take tokens before all others. */
  #firstSlot = 0;
  #rankedAtMs: number | undefined;

  /**
   * @param decoded all records of the list's devices, by slot
   * @param seed of the table's hash: secret, and another one in each process
   */
  constructor(
    key: Key,
    decoded: Decoded,
    options: TopListOptions,
    seed: HashSeed = createHashSeed(),
  ) {
    const { maxSeries, tableSize, minShare, newSeriesPerHour } = options;
    const table = createKeyTable(tableSize, decoded.packets.length);
    this.#decoded = decoded;
    this.#table = table;
    this.#decay = createDecay(table, decoded.packets);
    this.#membership = createMembership({
      table,
      deviceScores: this.#decay.deviceScores,
      bucket: createTokenBucket(newSeriesPerHour),
      maxSeries,
      minShare,
      format: (entry) => key.format(keyOf(table, entry), familyOfTag(table.tags[entry] ?? 0)),
    });
    this.#sweep = createSweep(table, maxSeries, this.#membership.barOf);
    this.take = key.createTake({ table, seed });
  }

  /**
   * Decides anew which keys have a series. To be called about every second.
   * @param nowMs of a clock that nobody sets: scores decay and series expire by it
   * @param wallMs what series that begin now say of their start
   */
  rank(nowMs: number, wallMs: number): void {
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

  /** Changes nothing. */
  snapshot(slot: number): TopListSnapshot {
    const { totals, startedAtMs, admitted, evicted } = this.#table;
    const series = this.#membership.seriesOf(slot).map(({ entry, key }) => ({
      key,
      packets: totals[2 * entry] ?? 0,
      bytes: totals[2 * entry + 1] ?? 0,
      startedAtMs: startedAtMs[entry] ?? 0,
    }));
    const { packets, bytes } = this.#decoded;
    const all = { packets: packets[slot] ?? 0, bytes: bytes[slot] ?? 0 };
    return {
      series,
      other: [this.#membership.departedOf(slot), ...series].reduce(minus, all),
      tracked: (admitted[slot] ?? 0) - (evicted[slot] ?? 0),
      evicted: evicted[slot] ?? 0,
    };
  }

  /** Forgets everything of a slot that another device is to have. */
  clearSlot(slot: number): void {
    clearTableSlot(this.#table, slot);
    this.#decay.clearSlot(slot);
    this.#membership.clearSlot(slot);
  }
}

function keyOf({ keys }: KeyTable, entry: number): Uint8Array {
  return new Uint8Array(keys.buffer, KEY_BYTES * entry, KEY_BYTES);
}

function minus(all: Counts, part: Counts): Counts {
  return { packets: all.packets - part.packets, bytes: all.bytes - part.bytes };
}
