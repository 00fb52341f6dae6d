// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readPacketSizes } from '../../../src/collector/packet-sizes.ts';
import { SIZE_SLOTS } from '../../../src/kernel/abi.ts';
import { FakePerCpuReader } from './fake-reader.ts';

const WORDS = SIZE_SLOTS + 1;

describe('readPacketSizes', () => {
  it('adds each size over all CPUs and keeps the bytes apart', () => {
    const reader = new FakePerCpuReader(2, 3, WORDS);
    reader.set(1, 0, 6, 5n);
    reader.set(1, 2, 6, 7n);
    reader.set(1, 1, SIZE_SLOTS - 1, 1n);
    reader.set(1, 0, SIZE_SLOTS, 1000n);
    reader.set(1, 2, SIZE_SLOTS, 24n);
    const [first, second] = readPacketSizes(reader, 2);
    const expected = new Array<number>(SIZE_SLOTS).fill(0);
    assert.deepEqual([...(first?.packets ?? [])], expected);
    assert.equal(first?.bytes, 0);
    expected[6] = 12;
    expected[SIZE_SLOTS - 1] = 1;
    assert.deepEqual([...(second?.packets ?? [])], expected);
    assert.equal(second?.bytes, 1024);
  });

  it('adds bytes beyond 2^53 in integers, so that only the sum is rounded', () => {
    const reader = new FakePerCpuReader(1, 3, WORDS);
    for (const position of [0, 1, 2]) {
      reader.set(0, position, SIZE_SLOTS, 2n ** 53n + 1n);
    }
    assert.equal(readPacketSizes(reader, 1)[0]?.bytes, Number(3n * (2n ** 53n + 1n)));
  });

  it('reads one key a slot, and none for no slots', () => {
    const reader = new FakePerCpuReader(4, 1, WORDS);
    assert.equal(readPacketSizes(reader, 3).length, 3);
    assert.deepEqual(readPacketSizes(reader, 0), []);
    assert.deepEqual(reader.reads, [3, 0]);
  });

  it('gives every size its own packets, whatever the CPUs and the slots', () => {
    const cells = fc.array(
      fc.record({
        slot: fc.nat(3),
        position: fc.nat(7),
        word: fc.nat(SIZE_SLOTS),
        value: fc.bigInt(0n, 2n ** 40n),
      }),
    );
    fc.assert(
      fc.property(cells, (filled) => {
        const reader = new FakePerCpuReader(4, 8, WORDS);
        const last = new Map(
          filled.map((item) => [`${item.slot} ${item.position} ${item.word}`, item]),
        );
        const expected = Array.from({ length: 4 }, () => new Array<number>(WORDS).fill(0));
        for (const { slot, position, word, value } of last.values()) {
          reader.set(slot, position, word, value);
          const row = expected[slot] ?? [];
          row[word] = (row[word] ?? 0) + Number(value);
        }
        const sizes = readPacketSizes(reader, 4);
        assert.deepEqual(
          sizes.map(({ packets, bytes }) => [...packets, bytes]),
          expected,
        );
      }),
    );
  });
});
