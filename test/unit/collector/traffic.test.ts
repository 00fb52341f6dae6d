// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readTraffic, sumOverCpus } from '../../../src/collector/traffic.ts';
import { ACTION_COUNT } from '../../../src/kernel/abi.ts';
import { FakePerCpuReader } from './fake-reader.ts';

const PASS = 2;
const DROP = 1;
const INVALID = 5;

/** The value of a cell, unlike that of every other one. */
function cell(slot: number, action: number, position: number, word: number): number {
  return slot * 1e6 + action * 1e4 + position * 10 + word + 1;
}

function filledReader(slots: number, possibleCpus: number): FakePerCpuReader {
  const reader = new FakePerCpuReader(slots * ACTION_COUNT, possibleCpus, 2);
  for (let key = 0; key < slots * ACTION_COUNT; key++) {
    for (let position = 0; position < possibleCpus; position++) {
      for (const word of [0, 1]) {
        const value = cell(Math.floor(key / ACTION_COUNT), key % ACTION_COUNT, position, word);
        reader.set(key, position, word, BigInt(value));
      }
    }
  }
  return reader;
}

describe('readTraffic', () => {
  it('tells packets from bytes, and each action from the others', () => {
    const reader = new FakePerCpuReader(ACTION_COUNT, 2, 2);
    reader.set(PASS, 0, 0, 3n);
    reader.set(PASS, 1, 0, 4n);
    reader.set(PASS, 1, 1, 400n);
    reader.set(INVALID, 0, 1, 60n);
    const [traffic] = readTraffic(reader, 1, [0, 1]);
    assert.deepEqual([...(traffic?.packets ?? [])], [0, 0, 7, 0, 0, 0]);
    assert.deepEqual([...(traffic?.bytes ?? [])], [0, 0, 400, 0, 0, 60]);
    assert.deepEqual([...(traffic?.cpuPackets ?? [])], [0, 0, 3, 0, 0, 0, 0, 0, 4, 0, 0, 0]);
    assert.deepEqual([...(traffic?.cpuBytes ?? [])], [0, 0, 0, 0, 0, 60, 0, 0, 400, 0, 0, 0]);
  });

  it('keeps the counts of offline CPUs in the totals, and their rows out', () => {
    const reader = new FakePerCpuReader(ACTION_COUNT, 4, 2);
    for (const position of [0, 1, 2, 3]) {
      reader.set(DROP, position, 0, 10n ** BigInt(position));
    }
    const [traffic] = readTraffic(reader, 1, [3, 1]);
    assert.equal(traffic?.packets[DROP], 1111);
    assert.deepEqual([...(traffic?.cpuPackets ?? [])], [0, 1000, 0, 0, 0, 0, 0, 10, 0, 0, 0, 0]);
  });

  it('reads every action of every slot at once, and nothing more', () => {
    const reader = filledReader(5, 2);
    assert.equal(readTraffic(reader, 3, [0]).length, 3);
    assert.deepEqual(reader.reads, [3 * ACTION_COUNT]);
  });

  it('gives no traffic for no slots', () => {
    assert.deepEqual(readTraffic(filledReader(1, 1), 0, [0]), []);
  });

  it('adds beyond 2^53 in integers, so that only the sum is rounded', () => {
    const reader = new FakePerCpuReader(ACTION_COUNT, 3, 2);
    // Each alone rounds down by one, and so would a sum of numbers by three.
    const odd = 2n ** 53n + 1n;
    for (const position of [0, 1, 2]) {
      reader.set(PASS, position, 1, odd);
    }
    const [traffic] = readTraffic(reader, 1, [0]);
    assert.equal(traffic?.bytes[PASS], Number(3n * odd));
    assert.notEqual(Number(odd) + Number(odd) + Number(odd), Number(3n * odd));
  });

  it('does not wrap where counters of u64 add up beyond 2^64', () => {
    const reader = new FakePerCpuReader(ACTION_COUNT, 2, 2);
    reader.set(PASS, 0, 0, 2n ** 64n - 1n);
    reader.set(PASS, 1, 0, 2n ** 64n - 1n);
    assert.equal(readTraffic(reader, 1, [])[0]?.packets[PASS], 2 ** 65);
  });

  it('finds every cell, whatever the slots, the possible CPUs and those online', () => {
    const machines = fc
      .record({ slots: fc.integer({ min: 1, max: 4 }), cpus: fc.integer({ min: 1, max: 9 }) })
      .chain(({ slots, cpus }) =>
        fc.record({
          slots: fc.constant(slots),
          cpus: fc.constant(cpus),
          online: fc.shuffledSubarray(Array.from({ length: cpus }, (_, index) => index)),
        }),
      );
    fc.assert(
      fc.property(machines, ({ slots, cpus, online }) => {
        const positions = Array.from({ length: cpus }, (_, index) => index);
        const traffic = readTraffic(filledReader(slots, cpus), slots, online);
        const total = (slot: number, action: number, word: number) =>
          positions.reduce((sum, position) => sum + cell(slot, action, position, word), 0);
        for (const [slot, { packets, bytes, cpuPackets, cpuBytes }] of traffic.entries()) {
          for (let action = 0; action < ACTION_COUNT; action++) {
            assert.equal(packets[action], total(slot, action, 0));
            assert.equal(bytes[action], total(slot, action, 1));
            const rows = (values: Float64Array) =>
              online.map((_, row) => values[row * ACTION_COUNT + action]);
            assert.deepEqual(
              [rows(cpuPackets), rows(cpuBytes)],
              [0, 1].map((word) => online.map((cpu) => cell(slot, action, cpu, word))),
            );
          }
          assert.equal(cpuPackets.length, online.length * ACTION_COUNT);
        }
        assert.equal(traffic.length, slots);
      }),
    );
  });
});

describe('sumOverCpus', () => {
  it('stays within its key, whichever word it begins at', () => {
    const words = BigUint64Array.from([1n, 2n, 3n, 4n, 10n, 20n, 30n, 40n, 100n]);
    const halves = new Uint32Array(words.buffer);
    const values = { words, halves, wordsPerCpu: 2, wordsPerKey: 4 };
    assert.equal(sumOverCpus(values, 0), 4);
    assert.equal(sumOverCpus(values, 1), 6);
    assert.equal(sumOverCpus(values, 4), 40);
    assert.equal(sumOverCpus(values, 5), 60);
  });
});
