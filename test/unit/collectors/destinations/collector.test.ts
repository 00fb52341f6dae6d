// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { destinations } from '../../../../src/collectors/destinations/collector.ts';
import type { TopListSnapshot } from '../../../../src/snapshot/top-list.ts';
import { contextOf, deviceOf, samplesOf } from '../../catalogue/snapshots.ts';
import { FakeDevices, recorderOf } from '../reading.ts';

const DESTINATIONS: TopListSnapshot = {
  series: [{ key: '192.0.2.1', packets: 11, bytes: 1100, startedAtMs: 1 }],
  other: { packets: 33, bytes: 3300 },
  tracked: 1,
  evicted: 0,
};

describe('destinations', () => {
  it('reads the list of destinations', () => {
    const recorder = recorderOf([], [{ destinations: DESTINATIONS }]);
    assert.deepEqual(destinations.read(new FakeDevices().reading({ recorder })), [DESTINATIONS]);
  });

  it('shows the addresses, and all others', () => {
    const families = destinations.families([DESTINATIONS], contextOf([deviceOf('eth0')]));
    assert.deepEqual(samplesOf(families, 'xdp_destination_bytes_total'), [
      { labels: { device: 'eth0', destination_address: '192.0.2.1' }, value: 1100 },
      { labels: { device: 'eth0', destination_address: 'other' }, value: 3300 },
    ]);
  });
});
