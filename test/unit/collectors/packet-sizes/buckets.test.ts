// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  foldSizeSlots,
  SIZE_BOUNDARIES,
  sum,
} from '../../../../src/collectors/packet-sizes/buckets.ts';

const SLOTS = 21;

/** The slot of the contract: the smallest i with length <= 2^i, at most the last one. */
function slotOf(length: number): number {
  let slot = 0;
  while (2 ** slot < length && slot < SLOTS - 1) {
    slot++;
  }
  return slot;
}

/** Where a Prometheus histogram puts it: the first boundary that is not below it. */
function bucketOf(length: number): number {
  const bucket = SIZE_BOUNDARIES.findIndex((boundary) => length <= boundary);
  return bucket === -1 ? SIZE_BOUNDARIES.length : bucket;
}

function foldOne(length: number): readonly number[] {
  const slots = new Float64Array(SLOTS);
  slots[slotOf(length)] = 1;
  return foldSizeSlots(slots);
}

describe('foldSizeSlots', () => {
  it('has boundaries at the powers of two from 64 to 65536', () => {
    assert.deepEqual(
      SIZE_BOUNDARIES,
      [64, 128, 256, 512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536],
    );
  });

  it('puts a frame of any length into the bucket that its length belongs to', () => {
    const edges = [0, 1, 14, ...SIZE_BOUNDARIES.flatMap((edge) => [edge, edge + 1]), 2 ** 20];
    fc.assert(
      fc.property(fc.oneof(fc.constantFrom(...edges), fc.nat(2 ** 21)), (length) => {
        const counts = foldOne(length);
        assert.equal(counts.length, SIZE_BOUNDARIES.length + 1);
        assert.equal(counts.indexOf(1), bucketOf(length));
      }),
    );
  });

  it('loses no frame and invents none', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: SLOTS, maxLength: SLOTS }), (slots) => {
        assert.equal(sum(foldSizeSlots(Float64Array.from(slots))), sum(slots));
      }),
    );
  });
});
