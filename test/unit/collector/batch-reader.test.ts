// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BatchReader } from '../../../src/collector/batch-reader.ts';
import { PerfRing } from '../../../src/kernel/perf-ring.ts';
import { FakePerfRing } from '../kernel/fake-perf-ring.ts';
import { FakeProducer } from './fake-producer.ts';
import { RecordList } from './record-list.ts';

const KIB = 1024;
const COUNT = 8;

function setUp({ records = 8, times = false, ringSizeBytes = 64 * KIB } = {}) {
  const producer = new FakeProducer(records, times);
  const taken = new RecordList();
  const reader = new BatchReader(producer.batches, taken, { records, times });
  const ring = new FakePerfRing(ringSizeBytes);
  producer.ring = ring;
  reader.ring = new PerfRing(ring.memory);
  const turn = (times = 1) => {
    for (let count = 0; count < times; count++) {
      reader.turn();
    }
  };
  return { producer, taken, reader, ring, turn };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe('BatchReader', () => {
  it('shows a single packet at the second turn', () => {
    const { producer, taken, turn } = setUp();
    producer.produce(1);
    turn();
    assert.deepEqual(taken.ids, []);
    turn();
    assert.deepEqual(taken.ids, [0]);
    turn(3);
    assert.deepEqual(taken.ids, [0]);
  });

  it('takes of a batch only what it did not take while that was filled', () => {
    for (const times of [false, true]) {
      const { producer, reader, taken, turn } = setUp({ times });
      producer.produce(3);
      turn(2);
      producer.produce(2);
      turn(2);
      assert.deepEqual(taken.ids, range(0, 5));
      producer.produce(8 + 4);
      turn(2);
      assert.deepEqual(taken.ids, range(0, 17));
      assert.equal(reader.decodedRecords, 17);
      assert.equal(reader.lostBatches, 0);
    }
  });

  it('has nothing to wait for where each record is a batch', () => {
    const { producer, taken, turn } = setUp({ records: 1 });
    producer.produce(5);
    turn();
    assert.deepEqual(taken.ids, range(0, 5));
  });

  it('counts a batch that the ring refused, and goes on with the next', () => {
    const { producer, reader, taken, turn } = setUp();
    producer.produce(8);
    producer.refuses = true;
    producer.produce(16);
    producer.refuses = false;
    producer.produce(8);
    turn();
    assert.deepEqual(taken.ids, [...range(0, 8), ...range(24, 32)]);
    assert.equal(reader.lostBatches, 2);
  });

  it('knows of a loss at the end, and shows what came after it, by the third turn', () => {
    const { producer, reader, taken, turn } = setUp();
    producer.refuses = true;
    producer.produce(17);
    turn(3);
    assert.equal(reader.lostBatches, 2);
    assert.deepEqual(taken.ids, [16]);
  });

  it('tells by slot which records it took although their batch was lost', () => {
    const { producer, reader, taken, turn } = setUp();
    producer.produce(5);
    turn(2);
    producer.refuses = true;
    producer.produce(3);
    turn(2);
    assert.deepEqual(taken.ids, range(0, 5));
    assert.equal(reader.lostBatches, 1);
    assert.deepEqual([...reader.recovered.subarray(0, 4)], [2, 2, 1, 0]);
    assert.deepEqual([...producer.lostRecords.subarray(0, 4)], [3, 3, 2, 0]);
  });

  it('reads only unfinished batches where there is no ring, and all once there is one', () => {
    const { producer, reader, taken, ring, turn } = setUp();
    const opened = reader.ring;
    producer.ring = undefined;
    reader.ring = undefined;
    producer.produce(20);
    turn(3);
    assert.deepEqual(taken.ids, range(16, 20));
    assert.equal(reader.lostBatches, 2);
    producer.ring = ring;
    reader.ring = opened;
    producer.produce(8);
    turn(2);
    assert.deepEqual(taken.ids, range(16, 28));
  });

  it('gives a batch that wraps the end of the ring as it gives any other', () => {
    const { producer, taken, turn } = setUp({ ringSizeBytes: 4 * KIB, times: true });
    for (let count = 0; count < 100; count++) {
      producer.produce(8);
      turn();
    }
    assert.deepEqual(taken.ids, range(0, 800));
  });
});

describe('BatchReader on a CPU that reorders its stores', () => {
  it('believes a count one turn after it first saw it', () => {
    const { producer, taken, turn } = setUp();
    producer.batch(0).writeUInt32LE(1, COUNT);
    turn();
    producer.batch(0).writeUInt32LE(0, COUNT);
    producer.produce(1);
    turn();
    assert.deepEqual(taken.ids, [0]);
  });

  it('does not take the full count of the batch before for one of the batch in its place', () => {
    const { producer, taken, turn } = setUp();
    producer.produce(16);
    producer.batch(2).writeUInt32LE(8, COUNT);
    turn(2);
    producer.batch(2).writeUInt32LE(0, COUNT);
    turn(2);
    assert.deepEqual(taken.ids, range(0, 16));
  });

  it('does not call a batch lost that is sent, but not below the head yet', () => {
    const { producer, reader, ring, taken, turn } = setUp();
    producer.produce(8);
    const { head } = ring;
    ring.head = 0n;
    turn();
    assert.equal(reader.lostBatches, 0);
    ring.head = head;
    turn();
    assert.deepEqual(taken.ids, range(0, 8));
    assert.equal(reader.lostBatches, 0);
  });
});

describe('BatchReader given a sample that is no batch of its own', () => {
  const samples: Readonly<Record<string, (batch: Buffer) => Buffer>> = {
    'that is too long': (batch) => Buffer.concat([batch, Buffer.alloc(8)]),
    'that is too short': (batch) => batch.subarray(0, batch.length - 8),
    'that is empty': () => Buffer.alloc(0),
    'with too few records': (batch) => withCount(batch, 7),
    'with too many records': (batch) => withCount(batch, 9),
    'that came before': (batch) => withSequence(batch, 0n),
    'that cannot be yet': (batch) => withSequence(batch, 3n),
    'of an impossible sequence': (batch) => withSequence(batch, 2n ** 64n - 1n),
  };
  for (const [name, damage] of Object.entries(samples)) {
    it(`skips and counts one ${name}, and takes the next`, () => {
      const { producer, reader, ring, taken, turn } = setUp();
      producer.produce(8);
      turn();
      producer.refuses = true;
      producer.produce(8);
      ring.sample(damage(Buffer.from(producer.sample(1))));
      producer.refuses = false;
      turn();
      assert.equal(reader.corruptBatches, 1);
      producer.produce(8);
      turn();
      assert.deepEqual(taken.ids, [...range(0, 8), ...range(16, 24)]);
      assert.equal(reader.lostBatches, 1);
    });
  }
});

function withCount(batch: Buffer, count: number): Buffer {
  batch.writeUInt32LE(count, COUNT);
  return batch;
}

function withSequence(batch: Buffer, sequence: bigint): Buffer {
  batch.writeBigUInt64LE(sequence, 0);
  return batch;
}
