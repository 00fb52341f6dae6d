// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { orderTurns } from '../../../src/generator/turns.ts';

describe('orderTurns', () => {
  it('gives one stream the only turn', () => {
    assert.deepEqual(orderTurns([1000]), [0]);
  });

  it('divides the weights by what they have in common', () => {
    assert.deepEqual(orderTurns([100, 100]), [0, 1]);
  });

  it('gives each exactly its share, spread over the round', () => {
    const turns = orderTurns([50, 30, 20]);
    assert.deepEqual(turns, [0, 1, 2, 0, 0, 1, 0, 2, 1, 0]);
  });

  it('never lets the heaviest wait for its share to pile up', () => {
    const turns = orderTurns([1000, 7, 7, 7]).join('');
    assert.equal(turns.length, 1021);
    assert.equal(turns.match(/[123]{2}/), null);
  });

  it('refuses weights whose round is too long', () => {
    assert.throws(() => orderTurns([1000, 999]), {
      name: 'ConfigError',
      message:
        'order the mix: its weights 1000, 999 need 1999 turns; use weights whose sum is at most 1024',
    });
  });
});
