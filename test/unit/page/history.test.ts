// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Flow } from '../../../src/page/flow.ts';
import { History } from '../../../src/page/history.ts';

function flowOf(key: string, packetRate: number): Flow {
  return { key, packetRate, bitRate: 0, share: 0, packets: 0, bytes: 0 };
}

describe('History', () => {
  it('has a rate for each moment, and none where a key was not there', () => {
    const history = new History(10, 3);
    history.add(1, [flowOf('a', 5)]);
    history.add(2, [flowOf('a', 6), flowOf('b', 7)]);
    history.add(3, [flowOf('b', 0)]);
    assert.deepEqual(history.times, [1, 2, 3]);
    assert.deepEqual(history.rates('a'), [5, 6, null]);
    assert.deepEqual(history.rates('b'), [null, 7, 0]);
    assert.deepEqual(history.rates('never'), [null, null, null]);
  });

  it('keeps so many moments and no more, and no key that none of them knows', () => {
    const history = new History(3, 3);
    for (let second = 1; second <= 100; second++) {
      history.add(second, [flowOf('stays', second), flowOf(`made up ${second}`, 1)]);
    }
    assert.deepEqual(history.times, [98, 99, 100]);
    assert.deepEqual(history.rates('stays'), [98, 99, 100]);
    assert.deepEqual(history.keys, ['stays', 'made up 98', 'made up 99', 'made up 100']);
  });

  it('has a hole where nobody looked for a while', () => {
    const history = new History(10, 3);
    history.add(1, [flowOf('a', 5)]);
    history.add(9, [flowOf('a', 6)]);
    assert.deepEqual(history.times, [1, 5, 9]);
    assert.deepEqual(history.rates('a'), [5, null, 6]);
    history.clear();
    assert.deepEqual([history.times, history.keys], [[], []]);
  });
});
