// SPDX-License-Identifier: Apache-2.0
// Packets and bytes by named network: counters that never go back, whatever becomes of the file that names them.
import type { Counts, TopListSnapshot } from '../../snapshot/top-list.ts';
import { RECORD_WORDS, type TakeRecords } from '../record.ts';
import type { PrefixLengths } from '../top-lists/address.ts';
import { NOTED_RECORDS } from '../top-lists/source-intake.ts';
import { createNetworkIntake, type NetworkIntake, type NetworkState } from './network-intake.ts';
import { NetworkNames, PLACES } from './network-names.ts';
import type { PrefixTable } from './prefix-table.ts';

/** What a file says, ready to be looked up in. Plain data. */
export interface NetworkTables {
  /** Each once, at most `MAX_NAMES`; the first is network 1 in the tables. */
  readonly names: readonly string[];
  readonly ipv4: PrefixTable;
  readonly ipv6: PrefixTable;
}

/** One for all devices and rings of a process. Lives in the engine. */
export class Networks {
  readonly #names = new NetworkNames();
  readonly #state: NetworkState;
  readonly #wallMs: () => number;
  /** By slot: what networks counted that are not exported any more, packets and bytes. */
  readonly #departed: Float64Array;
  /** By slot: since when it is this device's. */
  readonly #startedAtMs: Float64Array;
  readonly #intakes: NetworkIntake[] = [];

  /** @param wallMs asks for the time of day, for what series say of their start */
  constructor(slots: number, tables: NetworkTables, wallMs: () => number) {
    this.#wallMs = wallMs;
    this.#departed = new Float64Array(2 * slots);
    this.#startedAtMs = new Float64Array(slots);
    this.#state = {
      ipv4: tables.ipv4,
      ipv6: tables.ipv6,
      places: this.#names.change(tables.names, wallMs()).places,
      counts: new Float64Array(2 * slots * PLACES),
      stride: PLACES,
    };
  }

  /**
   * What counts records by source, and then by network.
   * @param entries of the table of sources
   * @param prefixes what of an address makes an entry
   * @param createTake the intake of the table, which notes what it has found of each burst
   */
  beside(
    entries: number,
    prefixes: PrefixLengths,
    createTake: (notes: Int32Array) => TakeRecords,
  ): TakeRecords {
    const notes = new Int32Array(NOTED_RECORDS);
    const intake = createNetworkIntake(this.#state, { entries, prefixes, notes });
    this.#intakes.push(intake);
    const takeSources = createTake(notes);
    return (words, first, count, cpu) => {
      for (let done = 0; done < count; done += NOTED_RECORDS) {
        const some = Math.min(NOTED_RECORDS, count - done);
        takeSources(words, first + done * RECORD_WORDS, some, cpu);
        intake.take(words, first + done * RECORD_WORDS, some, cpu);
      }
    };
  }

  /** From now on packets are counted by these. */
  replace({ names, ipv4, ipv6 }: NetworkTables): void {
    const state = this.#state;
    const { places, dropped } = this.#names.change(names, this.#wallMs());
    for (const { place } of dropped) {
      this.#depart(place);
    }
    Object.assign(state, { ipv4, ipv6, places });
    for (const intake of this.#intakes) {
      intake.forgetAll();
    }
  }

  /**
   * Changes nothing.
   * @param all that was counted of the slot
   */
  snapshot(slot: number, all: Counts): TopListSnapshot {
    const { counts, stride } = this.#state;
    const slotStartedAtMs = this.#startedAtMs[slot] ?? 0;
    let packets = all.packets - (this.#departed[2 * slot] ?? 0);
    let bytes = all.bytes - (this.#departed[2 * slot + 1] ?? 0);
    const series = this.#names.exported.map(({ name, place, startedAtMs }) => {
      const at = 2 * (slot * stride + place);
      const own = { packets: counts[at] ?? 0, bytes: counts[at + 1] ?? 0 };
      packets -= own.packets;
      bytes -= own.bytes;
      return { key: name, ...own, startedAtMs: Math.max(startedAtMs, slotStartedAtMs) };
    });
    return {
      series,
      other: { packets, bytes },
      tracked: this.#names.currentCount,
      evicted: this.#names.droppedCount,
    };
  }

  /** Forgets everything of a slot that another device is to have. */
  clearSlot(slot: number): void {
    const { counts, stride } = this.#state;
    counts.fill(0, 2 * slot * stride, 2 * (slot + 1) * stride);
    this.#departed.fill(0, 2 * slot, 2 * slot + 2);
    this.#startedAtMs[slot] = this.#wallMs();
  }

  /** What the place counted stays out of "other", which would jump otherwise. */
  #depart(place: number): void {
    const { counts, stride } = this.#state;
    for (let slot = 0; slot < this.#startedAtMs.length; slot++) {
      const at = 2 * (slot * stride + place);
      for (const quantity of [0, 1]) {
        const own = 2 * slot + quantity;
        this.#departed[own] = (this.#departed[own] ?? 0) + (counts[at + quantity] ?? 0);
        counts[at + quantity] = 0;
      }
    }
  }
}
