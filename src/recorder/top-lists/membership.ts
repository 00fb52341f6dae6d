// SPDX-License-Identifier: Apache-2.0
// Which keys of a device have a series: who joins, who leaves, and what stays exported of those who left.

import type { Counts } from '../../snapshot/top-list.ts';
import { type KeyTable, setState } from './key-table.ts';
import { STATES, stateOfTag } from './key-tag.ts';
import type { TokenBucket } from './token-bucket.ts';

/** A challenger must exceed the weakest member by so much, or two alike would take turns. */
const MARGIN = 1.2;
/** A member leaves by itself after so long below half the minimum share. */
const WEAK_MS = 60_000;
/** How long a series that left stays exported with its last value. */
const FROZEN_MS = 300_000;

/** A series that is exported: joined, or frozen. */
interface Series {
  readonly entry: number;
  readonly key: string;
  /** Of the clock: since when it is too weak, if it is; or since when it is frozen. */
  sinceMs: number | undefined;
}

interface Roster {
  joined: Series[];
  /** The first one froze first. */
  frozen: Series[];
  /** What series counted that are not exported any more. */
  departed: Counts;
}

/** `clockMs` decides; `wallMs`, which anybody may set, is only for people to read. */
export interface Moment {
  readonly clockMs: number;
  readonly wallMs: number;
}

/** Of all devices, by slot. */
export interface Membership {
  /** The least score that may join; infinite for a slot without packets. */
  barOf(slot: number): number;
  /**
   * Lets series expire, leave and join. True where that took a token.
   * @param challengers entries that have not joined, the strongest first
   */
  settle(slot: number, challengers: readonly number[], now: Moment): boolean;
  /** What is exported now: the joined ones, then the frozen ones. */
  seriesOf(slot: number): readonly Series[];
  /** The sum of what is not exported any more. */
  departedOf(slot: number): Counts;
  clearSlot(slot: number): void;
}

/** What membership is decided by, and how. */
export interface MembershipParts {
  readonly table: KeyTable;
  readonly deviceScores: Float64Array;
  readonly bucket: TokenBucket;
  readonly maxSeries: number;
  readonly minShare: number;
  /** The text of an entry's key. */
  format(entry: number): string;
}

/** Nobody is a member yet. */
export function createMembership(parts: MembershipParts): Membership {
  const { table, deviceScores, bucket, maxSeries, minShare } = parts;
  const rosters = Array.from({ length: deviceScores.length }, createRoster);

  const rosterOf = (slot: number) => rosters[slot] ?? createRoster();
  const scoreOf = (entry: number) => table.scores[entry] ?? 0;
  const deviceScoreOf = (slot: number) => deviceScores[slot] ?? 0;
  const weakestOf = (series: readonly Series[]) =>
    series.reduce((one, other) => (scoreOf(other.entry) < scoreOf(one.entry) ? other : one));

  function barOf(slot: number): number {
    if (deviceScoreOf(slot) === 0) {
      return Number.POSITIVE_INFINITY;
    }
    const { joined } = rosterOf(slot);
    const toBeat = joined.length < maxSeries ? 0 : MARGIN * scoreOf(weakestOf(joined).entry);
    return Math.max(minShare * deviceScoreOf(slot), toBeat, Number.MIN_VALUE);
  }

  function settle(slot: number, challengers: readonly number[], now: Moment): boolean {
    const roster = rosterOf(slot);
    release(roster, now);
    retire(roster, (minShare / 2) * deviceScoreOf(slot), now);
    let hasTaken = false;
    for (const entry of challengers) {
      if (scoreOf(entry) < barOf(slot)) {
        break;
      }
      hasTaken = challenge(roster, entry, now) || hasTaken;
    }
    return hasTaken;
  }

  /**
   * A frozen series leaves only when its time is up, even if a stronger key has to wait for its place: a
   * scrape may not have seen its last value yet, and then the rates would not add up.
   */
  function release(roster: Roster, now: Moment): void {
    const isOver = ({ sinceMs = 0 }: Series) => now.clockMs - sinceMs >= FROZEN_MS;
    for (const { entry } of roster.frozen.filter(isOver)) {
      setState(table, entry, STATES.left);
      roster.departed = plusTotals(roster.departed, entry, 1);
    }
    roster.frozen = roster.frozen.filter((series) => !isOver(series));
  }

  function retire(roster: Roster, leastScore: number, now: Moment): void {
    for (const series of roster.joined) {
      const isWeak = scoreOf(series.entry) < leastScore;
      series.sinceMs = isWeak ? (series.sinceMs ?? now.clockMs) : undefined;
    }
    const retired = roster.joined.filter(
      ({ sinceMs = now.clockMs }) => now.clockMs - sinceMs >= WEAK_MS,
    );
    for (const series of retired.slice(0, maxSeries - roster.frozen.length)) {
      freeze(roster, series, now);
    }
  }

  /** True where it took a token. A frozen series needs none to join: its labels are still there. */
  function challenge(roster: Roster, entry: number, now: Moment): boolean {
    const isFrozen = stateOf(entry) === STATES.frozen;
    const isFull = roster.joined.length >= maxSeries;
    if (isFull && !isFrozen && roster.frozen.length >= maxSeries) {
      return false;
    }
    if (!isFrozen && !bucket.take(now.clockMs)) {
      return false;
    }
    roster.frozen = roster.frozen.filter((series) => series.entry !== entry);
    if (isFull) {
      freeze(roster, weakestOf(roster.joined), now);
    }
    join(roster, entry, now);
    return !isFrozen;
  }

  function freeze(roster: Roster, series: Series, now: Moment): void {
    roster.joined = roster.joined.filter((other) => other !== series);
    roster.frozen.push({ ...series, sinceMs: now.clockMs });
    setState(table, series.entry, STATES.frozen);
  }

  /** A key that had a series resumes it, unless it has lost its place in the table since. */
  function join(roster: Roster, entry: number, now: Moment): void {
    const state = stateOf(entry);
    if (state === STATES.left) {
      roster.departed = plusTotals(roster.departed, entry, -1);
    } else if (state === STATES.tracked) {
      table.totals.fill(0, 2 * entry, 2 * entry + 2);
      table.startedAtMs[entry] = now.wallMs;
    }
    setState(table, entry, STATES.joined);
    roster.joined.push({ entry, key: parts.format(entry), sinceMs: undefined });
  }

  function stateOf(entry: number): number {
    return stateOfTag(table.tags[entry] ?? 0);
  }

  function plusTotals({ packets, bytes }: Counts, entry: number, sign: 1 | -1): Counts {
    const { totals } = table;
    return {
      packets: packets + sign * (totals[2 * entry] ?? 0),
      bytes: bytes + sign * (totals[2 * entry + 1] ?? 0),
    };
  }

  return {
    barOf,
    settle,
    seriesOf: (slot) => [...rosterOf(slot).joined, ...rosterOf(slot).frozen],
    departedOf: (slot) => rosterOf(slot).departed,
    clearSlot(slot) {
      rosters[slot] = createRoster();
    },
  };
}

function createRoster(): Roster {
  return { joined: [], frozen: [], departed: { packets: 0, bytes: 0 } };
}
