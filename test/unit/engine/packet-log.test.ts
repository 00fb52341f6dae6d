// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Kernel } from '../../../src/engine/kernel.ts';
import type { LoggerOptions } from '../../../src/engine/messages.ts';
import { PacketLog } from '../../../src/engine/packet-log.ts';
import { BATCH_RECORDS, LOGGER } from '../../../src/kernel/abi.ts';
import { FakeProducer, slotOf } from '../collector/fake-producer.ts';
import { FakePerCpuReader } from '../collector/fake-reader.ts';
import { FakeKernel, FakeLog } from './fake-kernel.ts';

const SLOTS = 3;
const OPTIONS: LoggerOptions = {
  maxEventsPerSecond: 1e6,
  output: 'sources',
  sources: {
    maxSeries: 20,
    tableSize: 1024,
    prefixV4: 32,
    prefixV6: 128,
    minShare: 0,
    newSeriesPerHour: 600,
  },
};

describe('PacketLog', () => {
  it('leaves to a device that has gone what it sent, when its slot gets another', () => {
    const producer = new FakeProducer(BATCH_RECORDS);
    const kernel: Kernel = {
      ...new FakeKernel([0]),
      logger: new FakePerCpuReader(SLOTS, 1, LOGGER.sizeBytes / 8),
      mapBatches: () =>
        ({ entry: () => producer.batches, close: () => {} }) as unknown as ReturnType<
          Kernel['mapBatches']
        >,
    };
    const log = new PacketLog(kernel, OPTIONS, new FakeLog().logger, () => {});
    producer.produce(10);
    log.clearSlot(1);
    const ids = Array.from({ length: 10 }, (_, id) => id);
    const sentTo = (slot: number) => ids.filter((id) => slotOf(id) === slot).length;
    const decoded = () => log.read(SLOTS, 0).logs.map((part) => part.decoded);
    assert.deepEqual(decoded(), [sentTo(0), 0, sentTo(2)]);
    producer.produce(SLOTS);
    assert.deepEqual(decoded(), [sentTo(0) + 1, 1, sentTo(2) + 1]);
    log.close();
  });
});
