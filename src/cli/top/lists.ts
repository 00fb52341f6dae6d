// SPDX-License-Identifier: Apache-2.0
// The lists of the largest senders and their like. Another list is another entry here: screen, table and JSON follow.
import type { Parts } from '../../collectors/list.ts';
import type { Counted } from './rates.ts';

/** A list as a snapshot holds it, of one device. */
export interface ListCounts {
  /** `startedAtMs` tells a key that left and came back from one that stayed. */
  readonly entries: readonly ({ readonly key: string; readonly startedAtMs: number } & Counted)[];
  readonly other: Counted;
}

interface ListSource {
  /** Heads its column. */
  readonly heading: string;
  /** @param device its index in the snapshot. Undefined where nothing is kept of it. */
  read(parts: Parts, device: number): ListCounts | undefined;
}

export const TOP_LISTS = {
  sources: {
    heading: 'SOURCE',
    read({ sources }, device) {
      const counts = sources?.[device];
      return (
        counts && {
          entries: counts.sources.map(({ address, ...rest }) => ({ key: address, ...rest })),
          other: counts.other,
        }
      );
    },
  },
} as const satisfies Record<string, ListSource>;

export type TopListName = keyof typeof TOP_LISTS;

export const TOP_LIST_NAMES = Object.keys(TOP_LISTS) as readonly TopListName[];
