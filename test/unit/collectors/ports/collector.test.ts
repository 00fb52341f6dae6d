// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ports } from '../../../../src/collectors/ports/collector.ts';
import type { TopListSnapshot } from '../../../../src/snapshot/top-list.ts';
import { contextOf, deviceOf, samplesOf } from '../../catalogue/snapshots.ts';
import { FakeDevices, recorderOf } from '../reading.ts';

const PORTS: TopListSnapshot = {
  series: [{ key: 'udp/53', packets: 11, bytes: 1100, startedAtMs: 1 }],
  other: { packets: 33, bytes: 3300 },
  tracked: 1,
  evicted: 0,
};

describe('ports', () => {
  it('reads the list of ports', () => {
    const recorder = recorderOf([], [{ ports: PORTS }]);
    assert.deepEqual(ports.read(new FakeDevices().reading({ recorder })), [PORTS]);
  });

  it('gives nothing where there is no such list', () => {
    const recorder = recorderOf([], [{ sources: PORTS }]);
    assert.equal(ports.read(new FakeDevices().reading({ recorder })), undefined);
  });

  it('shows protocol and port as labels of their own, and all others', () => {
    const families = ports.families([PORTS], contextOf([deviceOf('eth0')]));
    for (const [name, factor] of [
      ['xdp_port_packets_total', 1],
      ['xdp_port_bytes_total', 100],
    ] as const) {
      assert.deepEqual(samplesOf(families, name), [
        { labels: { device: 'eth0', protocol: 'udp', port: '53' }, value: 11 * factor },
        { labels: { device: 'eth0', protocol: 'other', port: 'other' }, value: 33 * factor },
      ]);
    }
  });
});
