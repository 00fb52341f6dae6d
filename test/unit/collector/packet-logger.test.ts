// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BATCH_RECORDS, BATCHES } from '../../../src/kernel/abi.ts';
import { FakeCpus, NOW_MS, RING_BYTES, range } from './fake-cpus.ts';

/** What the kernel writes to a ring for a batch without times: three headers, the records, and padding. */
const SENT_BYTES = 8 + 4 + 16 + BATCH_RECORDS * 32 + 4;

describe('PacketLogger following CPUs', () => {
  it('has a ring for each CPU that is online, whatever numbers they have', () => {
    const { logger, events } = new FakeCpus({ possible: [0, 3, 7] });
    assert.deepEqual(events, []);
    logger.followCpus([7, 0]);
    logger.followCpus([0, 7]);
    assert.deepEqual(events, ['open 0', 'open 7']);
    assert.deepEqual(
      logger.rings(NOW_MS).map(({ cpu }) => cpu),
      [0, 7],
    );
  });

  it('closes the ring of a CPU that went offline, and opens a new one when it is back', () => {
    const { logger, events } = new FakeCpus();
    logger.followCpus([0, 1]);
    logger.followCpus([0]);
    logger.followCpus([0]);
    logger.followCpus([0, 1]);
    assert.deepEqual(events, ['open 0', 'open 1', 'close 1', 'open 1']);
  });

  it('asks again for a ring that it could not have', () => {
    const cpus = new FakeCpus();
    const { logger, events } = cpus;
    cpus.cpu(1).refusesRing = true;
    logger.followCpus([0, 1]);
    assert.equal(logger.rings(NOW_MS).length, 1);
    cpus.cpu(1).refusesRing = false;
    logger.followCpus([0, 1]);
    assert.deepEqual(events, ['open 0', 'open 1', 'open 1']);
    assert.equal(logger.rings(NOW_MS).length, 2);
  });

  it('takes what a ring holds before it closes it, and goes on with the next one', () => {
    for (const times of [false, true]) {
      const cpus = new FakeCpus({ times });
      const { producer, taken } = cpus.cpu(0);
      cpus.logger.followCpus([0]);
      producer.produce(2 * BATCH_RECORDS + 5);
      cpus.logger.followCpus([]);
      assert.deepEqual(taken.ids, range(0, 133));
      cpus.logger.followCpus([0]);
      producer.produce(BATCH_RECORDS);
      cpus.turns(3);
      assert.deepEqual(taken.ids, range(0, 197));
    }
  });

  it('shows the single packets of CPUs that have no ring', () => {
    const cpus = new FakeCpus();
    cpus.cpu(1).producer.produce(3);
    cpus.turns(2);
    assert.deepEqual(cpus.cpu(1).taken.ids, [0, 1, 2]);
  });
});

describe('PacketLogger taking turns', () => {
  it('begins with a different CPU each time', () => {
    const cpus = new FakeCpus({ possible: [0, 1, 2] });
    cpus.logger.followCpus([0, 1, 2]);
    const orders = range(0, 5).map(() => {
      cpus.events.length = 0;
      for (const cpu of [0, 1, 2]) {
        cpus.cpu(cpu).producer.produce(BATCH_RECORDS);
      }
      cpus.turns(1);
      return cpus.events.map((event) => event.replace('take ', '')).join(' ');
    });
    assert.deepEqual(orders, ['0 1 2', '1 2 0', '2 0 1', '0 1 2', '1 2 0']);
  });

  it('says of each ring how large it is, and how full the last minute found it', () => {
    const cpus = new FakeCpus({ possible: [2, 5] });
    const { logger } = cpus;
    logger.followCpus([2, 5]);
    cpus.cpu(5).producer.produce(2 * BATCH_RECORDS);
    cpus.turns(1);
    cpus.cpu(5).producer.produce(BATCH_RECORDS);
    cpus.turns(1, NOW_MS + 1000);
    const sizes = { sizeBytes: RING_BYTES };
    const filled = (2 * SENT_BYTES) / RING_BYTES;
    assert.deepEqual(logger.rings(NOW_MS + 1000), [
      { cpu: 2, ...sizes, fillRatioMax: 0 },
      { cpu: 5, ...sizes, fillRatioMax: filled },
    ]);
    assert.equal(logger.rings(NOW_MS + 50_000)[1]?.fillRatioMax, filled);
    assert.equal(logger.rings(NOW_MS + 61_000)[1]?.fillRatioMax, 0);
  });
});

describe('PacketLogger sampling', () => {
  const interval = (entry: Buffer) => entry.readUInt32LE(BATCHES.offsets.sample_interval);

  it('tells each possible CPU the interval before the first packet, and touches nothing else', () => {
    const cpus = new FakeCpus({ possible: [0, 4], sampling: { fixedInterval: 1000 } });
    const expected = Buffer.alloc(BATCHES.sizeBytes);
    expected.writeUInt32LE(1000, 8);
    for (const cpu of [0, 4]) {
      assert.deepEqual(cpus.cpu(cpu).producer.batches, expected);
    }
    assert.equal(cpus.logger.sampleInterval, 1000);
  });

  it('keeps to an interval that was chosen, however full the rings are', () => {
    const cpus = new FakeCpus({ sampling: { fixedInterval: 1, maxEventsPerSecond: 0 } });
    cpus.logger.followCpus([0]);
    cpus.cpu(0).producer.produce(3 * BATCH_RECORDS);
    cpus.turns(1);
    assert.equal(cpus.logger.sampleInterval, 1);
    assert.equal(interval(cpus.cpu(0).producer.batches), 1);
  });

  it('doubles the interval of every CPU in the turn that finds one ring more than half full', () => {
    for (const full of [0, 1, 2]) {
      const cpus = new FakeCpus({ possible: [0, 1, 2] });
      cpus.logger.followCpus([0, 1, 2]);
      cpus.cpu(full).producer.produce(BATCH_RECORDS);
      cpus.turns(1);
      assert.equal(cpus.logger.sampleInterval, 1);
      cpus.cpu(full).producer.produce(2 * BATCH_RECORDS);
      cpus.turns(1);
      assert.equal(cpus.logger.sampleInterval, 2);
      for (const cpu of [0, 1, 2]) {
        assert.equal(interval(cpus.cpu(cpu).producer.batches), 2);
      }
    }
  });

  it('counts the records of all CPUs towards the budget, taken from rings or not', () => {
    // 128 in a tenth of a second.
    const cpus = new FakeCpus({ sampling: { maxEventsPerSecond: 1280 } });
    cpus.logger.followCpus([0, 1]);
    cpus.turns(1);
    cpus.cpu(0).producer.produce(BATCH_RECORDS);
    cpus.cpu(1).producer.produce(BATCH_RECORDS);
    cpus.turns(2);
    assert.equal(cpus.logger.sampleInterval, 1);
    cpus.cpu(1).producer.produce(1);
    cpus.turns(2);
    assert.equal(cpus.logger.sampleInterval, 2);
  });

  it('writes the interval again when it comes down, and only where it changed', () => {
    const cpus = new FakeCpus();
    const { batches } = cpus.cpu(0).producer;
    cpus.logger.followCpus([0]);
    cpus.cpu(0).producer.produce(3 * BATCH_RECORDS);
    cpus.turns(1);
    batches.writeUInt32LE(77, BATCHES.offsets.sample_interval);
    cpus.turns(1, NOW_MS + 50);
    assert.equal(interval(batches), 77);
    for (let passed = 100; passed <= 2000; passed += 100) {
      cpus.turns(1, NOW_MS + passed);
    }
    assert.equal(interval(batches), 1);
  });
});

describe('PacketLogger closing', () => {
  it('closes the rings that are open, then the batches', () => {
    const { logger, events } = new FakeCpus({ possible: [0, 1, 2] });
    logger.followCpus([0, 2]);
    events.length = 0;
    logger.close();
    assert.deepEqual(events, ['close 0', 'close 2', 'close batches']);
    assert.deepEqual(logger.rings(NOW_MS), []);
  });
});
