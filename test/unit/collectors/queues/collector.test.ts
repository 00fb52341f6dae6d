// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { queues } from '../../../../src/collectors/queues/collector.ts';
import { contextOf, deviceOf, samplesOf } from '../../catalogue/snapshots.ts';
import { FakeDevices, recorderOf } from '../reading.ts';

const QUEUES = { packets: Float64Array.of(7, 0, 9), other: 0 };

describe('queues', () => {
  it('reads what the recorder has counted, and nothing of a device that was never counted', () => {
    const recorder = recorderOf([], [], [QUEUES]);
    const part = queues.read(new FakeDevices().reading({ slots: [0, undefined], recorder }));
    assert.deepEqual(part, [QUEUES, undefined]);
  });

  it('reads nothing where the logger is off', () => {
    assert.equal(queues.read(new FakeDevices().reading()), undefined);
  });

  it('shows each queue up to the highest, since the device was first attached', () => {
    const device = deviceOf('eth0', { netns: 'blue', startedAtMs: 9 });
    const families = queues.families([QUEUES], contextOf([device]));
    assert.deepEqual(
      samplesOf(families, 'xdp_rx_queue_packets_total'),
      [7, 0, 9].map((value, queue) => ({
        labels: { device: 'eth0', netns: 'blue', queue: String(queue) },
        value,
      })),
    );
    assert.ok(families[0]?.samples.every(({ startedAtMs }) => startedAtMs === 9));
  });

  it('shows all others once there are any', () => {
    const families = queues.families([{ ...QUEUES, other: 3 }], contextOf([deviceOf('eth0')]));
    const samples = samplesOf(families, 'xdp_rx_queue_packets_total');
    assert.deepEqual(samples.at(-1), { labels: { device: 'eth0', queue: 'other' }, value: 3 });
  });
});
