// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { peaks } from '../../../../src/collectors/peaks/collector.ts';
import { contextOf, deviceOf, samplesOf } from '../../catalogue/snapshots.ts';
import { FakeDevices, peaksOf, recorderOf } from '../reading.ts';

describe('peaks.read', () => {
  it('gives the peaks of each device, and none of one that was never counted', () => {
    const reading = new FakeDevices({ slots: 3 }).reading({
      slots: [2, undefined, 0],
      recorder: recorderOf([]),
    });
    assert.deepEqual(peaks.read(reading), [peaksOf(21), undefined, peaksOf(1)]);
  });

  it('tells what sampling left out on all CPUs, and gives nothing of a device where it did', () => {
    const devices = new FakeDevices({ slots: 2 });
    devices.set('sampled_out', 3, { slot: 1, position: 0 });
    devices.set('sampled_out', 4, { slot: 1, position: 2 });
    const leftOuts: number[] = [];
    const recorder = {
      ...recorderOf([]),
      peaks: (_slot: number, leftOut: number) => {
        leftOuts.push(leftOut);
        return leftOut === 0 ? peaksOf(1) : undefined;
      },
    };
    assert.deepEqual(peaks.read(devices.reading({ recorder })), [peaksOf(1), undefined]);
    assert.deepEqual(leftOuts, [0, 7]);
  });

  it('reads nothing where the logger is off, or the sampling interval is fixed', () => {
    const values = () => assert.fail('read');
    const devices = new FakeDevices();
    assert.equal(peaks.read(devices.reading({ values })), undefined);
    const { peaks: _, ...recorder } = recorderOf([]);
    assert.equal(peaks.read(devices.reading({ values, recorder })), undefined);
  });
});

describe('peaks.families', () => {
  const context = contextOf([deviceOf('eth0'), deviceOf('eth1'), deviceOf('eth2')]);
  const families = peaks.families([peaksOf(7), undefined, peaksOf(0)], context);

  for (const [name, factor] of [
    ['xdp_peak_packets', 1],
    ['xdp_peak_bytes', 100],
  ] as const) {
    it(`gives ${name} by window, also where nothing came`, () => {
      assert.deepEqual(samplesOf(families, name), [
        { labels: { device: 'eth0', window: '10ms' }, value: 7 * factor },
        { labels: { device: 'eth0', window: '1s' }, value: 14 * factor },
        { labels: { device: 'eth2', window: '10ms' }, value: 0 },
        { labels: { device: 'eth2', window: '1s' }, value: 0 },
      ]);
    });
  }
});
