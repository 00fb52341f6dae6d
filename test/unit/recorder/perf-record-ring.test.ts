// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORD } from '../../../src/kernel/layout.ts';
import { PerfRecordRing } from '../../../src/recorder/perf-record-ring.ts';
import { FakePerfRing, HEADER_SIZE_BYTES, pattern } from './fake-perf-ring.ts';
import { range, SLOTS, Taken, writeRecord } from './fake-program.ts';

const KIB = 1024;
const CPU = 5;
/** A sample's header, the size of its data, a record, and padding. */
const SENT_BYTES = 8 + 4 + RECORD.sizeBytes + 4;

function open(sizeBytes = 64 * KIB, start = 0n) {
  const fake = new FakePerfRing(sizeBytes, start);
  const ring = new PerfRecordRing(CPU, fake.memory, SLOTS, HEADER_SIZE_BYTES);
  const taken = new Taken();
  return { fake, ring, taken };
}

function recordOf(id: number): Buffer {
  const record = Buffer.alloc(RECORD.sizeBytes);
  writeRecord(record, id, 0n);
  return record;
}

function send(fake: FakePerfRing, first: number, count: number): void {
  for (const id of range(first, first + count)) {
    assert.ok(fake.sample(recordOf(id)));
  }
}

describe('PerfRecordRing', () => {
  it('takes each record in its order, in rows, wherever it crosses the end', () => {
    for (const start of [0n, 8n, 65_496n, 2n ** 64n - 40n]) {
      const { fake, ring, taken } = open(64 * KIB, start);
      for (const [first, count] of [
        [0, 1],
        [1, 255],
        [256, 256],
        [512, 700],
        [1212, 0],
      ] as const) {
        send(fake, first, count);
        assert.equal(ring.drain(taken.take), count);
      }
      assert.deepEqual(taken.ids, range(0, 1212));
      assert.deepEqual(taken.runs, [1, 255, 256, 256, 256, 188]);
      assert.deepEqual([...taken.cpus], [CPU]);
      assert.deepEqual([ring.damagedRecords, ring.damagedPositions], [0, 0]);
    }
  });

  it('begins a row at each record that has a time, unless all have one', () => {
    const timed = (id: number) => {
      const record = recordOf(id);
      record.writeBigUInt64LE(2n ** 32n, RECORD.offsets.time);
      return record;
    };
    const { fake, ring, taken } = open();
    send(fake, 0, 3);
    fake.sample(timed(3));
    send(fake, 4, 5);
    fake.sample(timed(9));
    ring.drain(taken.take);
    assert.deepEqual(taken.runs, [3, 6, 1]);
    for (const id of range(10, 15)) {
      fake.sample(timed(id));
    }
    ring.drain(taken.take);
    assert.deepEqual(taken.runs, [3, 6, 1, 5]);
    assert.deepEqual(taken.ids, range(0, 15));
  });

  it('passes over what the kernel writes between the samples', () => {
    const { fake, ring, taken } = open();
    send(fake, 0, 2);
    fake.lost(17n);
    send(fake, 2, 2);
    assert.equal(ring.drain(taken.take), 4);
    assert.deepEqual(taken.ids, range(0, 4));
    assert.deepEqual([ring.damagedRecords, ring.damagedPositions], [0, 0]);
  });

  it('leaves out samples of another size, and records that are not sound', () => {
    const { fake, ring, taken } = open();
    send(fake, 0, 2);
    fake.sample(pattern(12, 1));
    fake.sample(Buffer.concat([recordOf(98), pattern(8, 1)]));
    send(fake, 2, 1);
    const damaged = recordOf(99);
    damaged.writeUInt32LE(0, RECORD.offsets.weight);
    fake.sample(damaged);
    send(fake, 3, 1);
    assert.equal(ring.drain(taken.take), 4);
    assert.deepEqual(taken.ids, range(0, 4));
    assert.equal(ring.damagedRecords, 3);
    assert.equal(ring.damagedPositions, 0);
  });

  it('counts a damaged position, and is in step again at the head', () => {
    const { fake, ring, taken } = open(4 * KIB);
    send(fake, 0, 3);
    fake.head += 8192n;
    assert.equal(ring.drain(taken.take), 0);
    assert.equal(ring.damagedPositions, 1);
    assert.equal(ring.fill, 0);
    send(fake, 3, 40);
    assert.equal(ring.drain(taken.take), 40);
    assert.deepEqual(taken.ids, range(3, 43));
  });

  it('says how large it is, and how full the last drain found it', () => {
    const { fake, ring, taken } = open(4 * KIB);
    assert.equal(ring.sizeBytes, 4 * KIB);
    send(fake, 0, 25);
    ring.drain(taken.take);
    assert.equal(ring.fill, (25 * SENT_BYTES) / (4 * KIB));
    ring.drain(taken.take);
    assert.equal(ring.fill, 0);
  });

  it('visits no record twice after a taker has thrown', () => {
    const { fake, ring, taken } = open();
    send(fake, 0, 300);
    assert.throws(() =>
      ring.drain(() => {
        throw new Error('fault');
      }),
    );
    send(fake, 300, 2);
    assert.equal(ring.drain(taken.take), 2);
    assert.deepEqual(taken.ids, [300, 301]);
  });

  it('throws, and touches no memory, once it is detached', () => {
    const { ring, taken } = open();
    ring.detach();
    assert.throws(() => ring.drain(taken.take), RangeError);
  });
});
