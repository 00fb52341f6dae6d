// SPDX-License-Identifier: Apache-2.0
// All top lists of a process, which take each record one after the other while it is in the nearest cache.

import {
  type Counts,
  RANKED_LISTS,
  type RankedListName,
  type TopListName,
  type TopListSnapshots,
} from '../../snapshot/top-list.ts';
import type { Networks } from '../networks/networks.ts';
import type { TakeRecords } from '../record.ts';
import type { PrefixLengths } from './address.ts';
import { createDecoded, createDeviceIntake, type Decoded } from './device-intake.ts';
import { destinationKey, type Key, PORT_KEY, sourceKey } from './key.ts';
import { createHashSeed, type HashSeed } from './key-hash.ts';
import { createKeyTable } from './key-table.ts';
import { TopList, type TopListOptions } from './top-list.ts';

/** Two protocols have 131,072 ports, of which a scan shows every one: the heavy ones are kept in fewer. */
const PORT_TABLE_SIZE = 4_096;

/** What the --top.* flags say. */
export interface TopListsOptions extends PrefixLengths, Omit<TopListOptions, 'maxSeries'> {
  /** Series of each list, for each device; 0: no such list, and no table. */
  readonly maxSeries: Readonly<Record<RankedListName, number>>;
}

export class TopLists {
  /** For every ring. */
  readonly take: TakeRecords;
  /** Grows by what is taken. */
  readonly decoded: Decoded;
  readonly #lists = new Map<RankedListName, TopList>();
  readonly #networks: Networks | undefined;

  /**
   * @param slots that records may have, 1 to 4096
   * @param networks that somebody has named
   * @param seed of the tables' hashes: secret, and another one in each process
   */
  constructor(
    slots: number,
    options: TopListsOptions,
    networks?: Networks,
    seed: HashSeed = createHashSeed(),
  ) {
    const { maxSeries } = options;
    const decoded = createDecoded(slots);
    this.decoded = decoded;
    this.#networks = networks;
    const keys: Readonly<Record<RankedListName, Key>> = {
      sources: sourceKey(decoded, options, networks),
      destinations: destinationKey(options),
      ports: PORT_KEY,
    };
    /** A table that ranks nothing remembers the networks of sources. */
    const withoutSources = () =>
      networks === undefined
        ? createDeviceIntake(decoded)
        : keys.sources.createTake({ table: createKeyTable(options.tableSize, slots), seed });
    for (const name of RANKED_LISTS.filter((each) => maxSeries[each] > 0)) {
      const tableSize = name === 'ports' ? PORT_TABLE_SIZE : options.tableSize;
      const listOptions = { ...options, tableSize, maxSeries: maxSeries[name] };
      this.#lists.set(name, new TopList(keys[name], decoded, listOptions, seed));
    }
    const takes = [...this.#lists.values()].map(({ take }) => take);
    this.take = inTurn(this.#lists.has('sources') ? takes : [withoutSources(), ...takes]);
  }

  /** Of the lists that there are. */
  get names(): readonly TopListName[] {
    return [...this.#lists.keys(), ...(this.#networks === undefined ? [] : ['networks' as const])];
  }

  /** See `TopList.rank`. */
  rank(nowMs: number, wallMs: number): void {
    for (const list of this.#lists.values()) {
      list.rank(nowMs, wallMs);
    }
  }

  /** Records taken that were of the slot. */
  records(slot: number): number {
    return this.decoded.records[slot] ?? 0;
  }

  /** Packets and bytes that the records of the slot stand for. */
  counts(slot: number): Counts {
    const { packets, bytes } = this.decoded;
    return { packets: packets[slot] ?? 0, bytes: bytes[slot] ?? 0 };
  }

  /** Each list that there is. Changes nothing. */
  snapshot(slot: number): TopListSnapshots {
    const networks = this.#networks?.snapshot(slot, this.counts(slot));
    return Object.fromEntries([
      ...[...this.#lists].map(([name, list]) => [name, list.snapshot(slot)] as const),
      ...(networks === undefined ? [] : [['networks', networks] as const]),
    ]);
  }

  /** Forgets everything of a slot that another device is to have. */
  clearSlot(slot: number): void {
    for (const counts of Object.values(this.decoded)) {
      counts[slot] = 0;
    }
    for (const list of this.#lists.values()) {
      list.clearSlot(slot);
    }
    this.#networks?.clearSlot(slot);
  }
}

/** @param takes one at least, three at most */
function inTurn(takes: readonly TakeRecords[]): TakeRecords {
  const [first, second, third] = takes as [TakeRecords, ...TakeRecords[]];
  if (second === undefined) {
    return first;
  }
  return (words, at, count, cpu) => {
    first(words, at, count, cpu);
    second(words, at, count, cpu);
    third?.(words, at, count, cpu);
  };
}
