// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  findIpv4,
  findKey,
  findWeakest,
  SET_ENTRIES,
} from '../../../../src/recorder/top-lists/key-set.ts';
import { createKeyTable, setState } from '../../../../src/recorder/top-lists/key-table.ts';
import { STATES, type State, tagOf } from '../../../../src/recorder/top-lists/key-tag.ts';

fc.configureGlobal({ seed: 1 });

const SETS = 3;
const SECOND_SET = SET_ENTRIES;

interface Entry {
  readonly score: number;
  readonly state: State;
}

/** The second of three sets, with stronger entries of no state on both sides. */
function tableOf(entries: readonly Entry[]) {
  const table = createKeyTable(SETS * SET_ENTRIES, 1);
  for (const [way, { score, state }] of entries.entries()) {
    table.tags[SECOND_SET + way] = state === STATES.empty ? 0 : tagOf(0, 0, 0);
    setState(table, SECOND_SET + way, state);
    table.scores[SECOND_SET + way] = score;
  }
  return table;
}

function weakestOf(entries: readonly Entry[]): number {
  const { tags, scores } = tableOf(entries);
  return findWeakest(tags, new Int32Array(scores.buffer), SECOND_SET);
}

const isPinned = ({ state }: Entry) => state === STATES.joined || state === STATES.frozen;

describe('findWeakest', () => {
  const score = fc.oneof(
    fc.constant(0),
    fc.double({ min: 0, max: 1e252, noNaN: true }),
    fc.nat(5),
    fc.double({ min: 1, max: 1 + 1e-6, noNaN: true }),
  );
  const entries = fc.array(fc.record({ score, state: fc.constantFrom(...Object.values(STATES)) }), {
    minLength: SET_ENTRIES,
    maxLength: SET_ENTRIES,
  });

  it('finds one that is not pinned, and none of which is weaker by more than a hundred-thousandth', () => {
    fc.assert(
      fc.property(entries, (set) => {
        const candidates = set.filter((entry) => !isPinned(entry));
        const found = weakestOf(set);
        if (candidates.length === 0) {
          assert.equal(found, -1);
          return;
        }
        const entry = set[found - SECOND_SET];
        assert.ok(entry !== undefined && !isPinned(entry), `entry ${found}`);
        const least = Math.min(...candidates.map((candidate) => candidate.score));
        assert.ok(
          entry.score <= least * 1.00001 + Number.MIN_VALUE * 2 ** 40,
          `${entry.score} ${least}`,
        );
      }),
      { numRuns: 2000 },
    );
  });

  it('passes over a pinned one that is weaker than all others', () => {
    const set = Array.from({ length: SET_ENTRIES }, (_, way) => ({
      score: way + 1,
      state: way < 3 ? STATES.frozen : STATES.tracked,
    }));
    assert.equal(weakestOf(set), SECOND_SET + 3);
  });
});

describe('findKey and findIpv4', () => {
  const TAG = tagOf(0x1234_0000, 0, 0);

  it('find a source in whichever way it is, behind others of the same tag', () => {
    for (let way = 0; way < SET_ENTRIES; way++) {
      const { tags, keys } = createKeyTable(SETS * SET_ENTRIES, 1);
      tags.fill(TAG);
      keys[4 * (SECOND_SET + way)] = 7;
      assert.equal(findIpv4(tags, keys, SECOND_SET, TAG, 7), SECOND_SET + way);
      assert.equal(findKey(tags, keys, SECOND_SET, TAG, 7, 0, 0, 0), SECOND_SET + way);
      assert.equal(findIpv4(tags, keys, 0, TAG, 7), -1);
      assert.equal(findKey(tags, keys, SECOND_SET, TAG, 7, 0, 0, 1), -1);
    }
  });

  it('find a source whatever its state', () => {
    const table = createKeyTable(SETS * SET_ENTRIES, 1);
    table.tags[SECOND_SET + 5] = TAG;
    setState(table, SECOND_SET + 5, STATES.frozen);
    assert.equal(findIpv4(table.tags, table.keys, SECOND_SET, TAG, 0), SECOND_SET + 5);
  });
});
