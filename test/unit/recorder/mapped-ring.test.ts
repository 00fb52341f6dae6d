// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RECORD, RING } from '../../../src/kernel/layout.ts';
import { MappedRing } from '../../../src/recorder/mapped-ring.ts';
import { FakeProgram, range, SLOTS, Taken } from './fake-program.ts';

const CPU = 3;

function open(records: number, start = 0n) {
  const program = new FakeProgram(records, start);
  const ring = new MappedRing(CPU, program.memory, SLOTS);
  const taken = new Taken();
  return { program, ring, taken };
}

describe('MappedRing', () => {
  it('reads each record once, in order, from any position on, whenever it is drained', () => {
    const start = fc
      .tuple(fc.nat(40), fc.constantFrom(0n, 2n ** 16n, 2n ** 32n, 2n ** 53n, 2n ** 64n - 40n))
      .map(([low, high]) => BigInt.asUintN(64, high + BigInt(low)));
    const records = fc.constantFrom(2, 4, 16, 64);
    fc.assert(
      fc.property(start, records, fc.array(fc.nat(80)), (position, size, steps) => {
        const { program, ring, taken } = open(size, position);
        let drained = 0;
        for (const packets of steps) {
          program.send(packets);
          drained += ring.drain(taken.take);
        }
        assert.deepEqual(taken.ids, program.sent);
        assert.equal(drained, program.sent.length);
        assert.equal(
          program.sent.length + program.ringFull,
          steps.reduce((sum, packets) => sum + packets, 0),
        );
        assert.equal(program.tail, program.head);
        assert.deepEqual([ring.damagedRecords, ring.damagedPositions], [0, 0]);
      }),
    );
  });

  it('goes over from 2^64 to 0 as from any other position', () => {
    const { program, ring, taken } = open(8, 2n ** 64n - 3n);
    program.send(6);
    assert.equal(ring.drain(taken.take), 6);
    assert.equal(program.tail, 3n);
    program.send(7);
    ring.drain(taken.take);
    assert.deepEqual(taken.ids, range(0, 13));
    assert.equal(ring.damagedPositions, 0);
  });

  it('holds one record fewer than it has places', () => {
    const { program, ring, taken } = open(16, 5n);
    program.send(20);
    assert.equal(program.ringFull, 5);
    assert.equal(ring.drain(taken.take), 15);
    assert.equal(ring.fill, 15 / 16);
    assert.equal(ring.damagedPositions, 0);
  });

  it('names its CPU and its size', () => {
    const { program, ring, taken } = open(16);
    program.send(1);
    ring.drain(taken.take);
    assert.deepEqual([...taken.cpus], [CPU]);
    assert.equal(ring.cpu, CPU);
    assert.equal(ring.sizeBytes, 16 * RECORD.sizeBytes);
  });

  it('says how full the last drain found it', () => {
    const { program, ring, taken } = open(16);
    assert.equal(ring.fill, 0);
    program.send(4);
    ring.drain(taken.take);
    assert.equal(ring.fill, 0.25);
    ring.drain(taken.take);
    assert.equal(ring.fill, 0);
  });

  it('gives room back while it reads, every 1024 records', () => {
    const { program, ring } = open(8192, 8000n);
    program.send(8191);
    const start = program.tail;
    const behind: number[] = [];
    let taken = 0;
    ring.drain((_words, _first, count) => {
      taken += count;
      behind.push(taken - Number(program.tail - start));
    });
    assert.equal(taken, 8191);
    assert.equal(Math.max(...behind), 1024);
    assert.equal(program.tail, program.head);
  });

  it('begins a batch at each of the records that have a time, one in 256', () => {
    const { program, ring, taken } = open(2048, 250n);
    program.send(1_000);
    ring.drain(taken.take);
    assert.deepEqual(taken.runs, [6, 256, 256, 256, 226]);
    program.send(300);
    ring.drain(taken.take);
    assert.deepEqual(taken.runs.slice(5), [30, 256, 14]);
  });

  it('takes what was there when it began, and does not chase a writer that never rests', () => {
    const { program, ring } = open(64);
    program.send(3);
    let taken = 0;
    const drained = ring.drain((_words, _first, count) => {
      taken += count;
      program.send(10);
    });
    assert.deepEqual([drained, taken], [3, 3]);
  });

  it('hands out records that nobody changes any more', () => {
    const { program, ring } = open(64);
    program.send(3);
    const before = Buffer.from(program.memory);
    ring.drain((words, first, count) => {
      program.memory.fill(0xff, RING.offsets.records);
      assert.equal(count, 3);
      const row = Buffer.from(words.buffer, words.byteOffset + first * 4, 3 * RECORD.sizeBytes);
      assert.ok(row.equals(before.subarray(128, 128 + row.length)));
    });
  });

  it('gives no record twice after a taker has thrown, and none that it was not given is lost', () => {
    const { program, ring, taken } = open(1024);
    program.send(600);
    let calls = 0;
    assert.throws(
      () =>
        ring.drain((words, first, count, cpu) => {
          if (++calls === 2) {
            throw new Error('fault');
          }
          taken.take(words, first, count, cpu);
        }),
      /fault/,
    );
    ring.drain(taken.take);
    assert.deepEqual(taken.ids, [...range(0, 256), ...range(512, 600)]);
  });

  it('refuses memory whose records are no power of two, or fewer than two', () => {
    for (const records of [0, 1, 3, 2.5, 1000]) {
      const memory = Buffer.alloc(RING.sizeBytes + records * RECORD.sizeBytes);
      assert.throws(() => new MappedRing(0, memory, SLOTS), {
        message: `read mapped ring: ${records * RECORD.sizeBytes} bytes are not 2, 4, 8… records`,
      });
    }
  });

  it('throws, and touches no memory, once it is detached', () => {
    const { ring, taken } = open(16);
    ring.detach();
    assert.throws(() => ring.drain(taken.take), RangeError);
  });
});
