// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sources } from '../../../../src/collectors/sources/collector.ts';
import type { TopListSnapshot } from '../../../../src/snapshot/top-list.ts';
import { contextOf, deviceOf, samplesOf } from '../../catalogue/snapshots.ts';
import { FakeDevices, recorderOf } from '../reading.ts';

const SOURCES: TopListSnapshot = {
  series: [
    { key: '192.0.2.1', packets: 11, bytes: 1100, startedAtMs: 1 },
    { key: '2001:db8::1', packets: 22, bytes: 2200, startedAtMs: 2 },
  ],
  other: { packets: 33, bytes: 3300 },
  tracked: 44,
  evicted: 55,
};

const FAMILIES = [
  ['xdp_source_packets_total', 1],
  ['xdp_source_bytes_total', 100],
] as const;

describe('sources.read', () => {
  it('takes the sources of each device by its slot', () => {
    const other = { ...SOURCES, tracked: 1 };
    const recorder = recorderOf([], [{ sources: SOURCES }, { sources: other }]);
    const reading = new FakeDevices().reading({ slots: [1, undefined, 0], recorder });
    assert.deepEqual(sources.read(reading), [other, undefined, SOURCES]);
  });

  it('gives nothing where no sources are kept, or the logger is off', () => {
    const devices = new FakeDevices();
    assert.equal(sources.read(devices.reading({ recorder: recorderOf([]) })), undefined);
    assert.equal(sources.read(devices.reading()), undefined);
  });

  it('works also where the kernel cannot be read', () => {
    const values = () => {
      throw new Error('EBADF');
    };
    const recorder = recorderOf([], [{ sources: SOURCES }]);
    assert.deepEqual(sources.read(new FakeDevices().reading({ values, recorder })), [SOURCES]);
  });
});

describe('sources.families', () => {
  const context = contextOf([deviceOf('eth0', { startedAtMs: 9 })]);

  it('shows the sources, all others as one more, and the table that they come from', () => {
    const families = sources.families([SOURCES], context);
    for (const [name, factor] of FAMILIES) {
      assert.deepEqual(samplesOf(families, name), [
        { labels: { device: 'eth0', source_address: '192.0.2.1' }, value: 11 * factor },
        { labels: { device: 'eth0', source_address: '2001:db8::1' }, value: 22 * factor },
        { labels: { device: 'eth0', source_address: 'other' }, value: 33 * factor },
      ]);
    }
    assert.deepEqual(samplesOf(families, 'xdp_sources_tracked'), [
      { labels: { device: 'eth0' }, value: 44 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_sources_evicted_total'), [
      { labels: { device: 'eth0' }, value: 55 },
    ]);
  });

  it('shows the other sources also where none has a series of its own', () => {
    const families = sources.families([{ ...SOURCES, series: [] }], context);
    assert.deepEqual(samplesOf(families, 'xdp_source_packets_total'), [
      { labels: { device: 'eth0', source_address: 'other' }, value: 33 },
    ]);
  });

  it('counts a source since it joined, and the others since the device was attached', () => {
    const [packets, bytes] = sources.families([SOURCES], context);
    for (const family of [packets, bytes]) {
      assert.deepEqual(
        family?.samples.map(({ startedAtMs }) => startedAtMs),
        [1, 2, 9],
      );
    }
  });

  it('keeps devices apart, and namespaces', () => {
    const devices = [deviceOf('eth0'), deviceOf('eth0', { netns: 'blue' })];
    const families = sources.families([undefined, SOURCES], contextOf(devices));
    assert.deepEqual(samplesOf(families, 'xdp_source_bytes_total')[0], {
      labels: { device: 'eth0', netns: 'blue', source_address: '192.0.2.1' },
      value: 1100,
    });
    assert.equal(samplesOf(families, 'xdp_sources_tracked').length, 1);
  });

  it('gives an address the same label object while it is there', () => {
    const labels = labelsOf(SOURCES.series);
    assert.deepEqual(
      labelsOf(SOURCES.series.toReversed()).map((each) => labels.indexOf(each)),
      [1, 0, 2],
    );
  });

  it('holds no labels of addresses that went, however many there were', () => {
    const [first] = labelsOf(SOURCES.series);
    for (let turn = 0; turn < 3; turn++) {
      labelsOf([{ key: `198.51.100.${turn}`, packets: 1, bytes: 1, startedAtMs: 1 }]);
    }
    const [later] = labelsOf(SOURCES.series);
    assert.deepEqual(later, first);
    assert.notEqual(later, first);
  });

  /** By the rows of the family of packets. */
  function labelsOf(series: TopListSnapshot['series']) {
    const [packets] = sources.families([{ ...SOURCES, series: series }], context);
    return packets?.samples.map(({ labels }) => labels) ?? [];
  }
});
