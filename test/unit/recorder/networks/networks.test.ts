// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Networks, type NetworkTables } from '../../../../src/recorder/networks/networks.ts';
import type { TopListSnapshot } from '../../../../src/snapshot/top-list.ts';
import {
  burst,
  createTopSources,
  type Packet,
  send,
  type TopSources,
} from '../top-lists/packets.ts';
import { networkTables } from './tables.ts';

const SLOTS = 4;
const FILE = {
  office: ['192.0.2.0/24', '2001:db8::/32'],
  host: ['192.0.2.7', '2001:db8::7'],
};

interface Given {
  readonly file?: Readonly<Record<string, readonly string[]>>;
  readonly options?: Parameters<typeof createTopSources>[0];
}

function create({ file = FILE, options = {} }: Given = {}) {
  const clock = { wallMs: 1_000 };
  const networks = new Networks(SLOTS, networkTables(file), () => clock.wallMs);
  return { clock, networks, top: createTopSources(options, SLOTS, networks) };
}

function snapshotOf(top: TopSources, slot = 0): TopListSnapshot {
  const { networks } = top.snapshot(slot);
  assert.ok(networks);
  return networks;
}

/** Packets by name. */
function packetsOf(top: TopSources, slot = 0): Record<string, number> {
  const { series, other } = snapshotOf(top, slot);
  return {
    ...Object.fromEntries(series.map(({ key, packets }) => [key, packets])),
    other: other.packets,
  };
}

const manyNames = (from: number, count: number): NetworkTables =>
  networkTables(
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => {
        const number = from + index;
        return [`n${number}`, [`10.${number >>> 8}.${number & 255}.0/24`]];
      }),
    ),
  );

describe('networks', () => {
  it('count by the longest prefix of the source, of either family, and all else as other', () => {
    const { top } = create();
    send(top, [
      burst('192.0.2.1', 3),
      burst('192.0.2.7', 4),
      burst('192.0.3.7', 5),
      burst('2001:db8::1', 6),
      burst('2001:db8::7', 7),
      burst('::ffff:192.0.2.7', 8),
      { weight: 9 },
      { source: '0.0.0.0', malformed: 'truncated_network', weight: 10 },
    ] as Packet[]);
    assert.deepEqual(packetsOf(top), { office: 9, host: 11, other: 32 });
    assert.deepEqual(snapshotOf(top).series[0], {
      key: 'office',
      packets: 9,
      bytes: 900,
      startedAtMs: 1_000,
    });
    assert.equal(snapshotOf(top).other.bytes, 3_200);
    assert.deepEqual(top.names, ['sources', 'networks']);
  });

  it('count what is known as what is new, bursts, and more records than are noted at a time', () => {
    for (const options of [{}, { maxSeries: 0 }, { tableSize: 8 }, { prefixV4: 24 }]) {
      const { top } = create({ options });
      const packets = Array.from({ length: 1_000 }, (_, index) =>
        burst(`192.0.2.${Math.floor(index / 3) % 9}`, 1),
      );
      send(top, packets);
      send(top, packets);
      const sevens = packets.filter(({ source }) => source === '192.0.2.7').length;
      assert.deepEqual(packetsOf(top), {
        office: 2 * (1_000 - sevens),
        host: 2 * sevens,
        other: 0,
      });
    }
  });

  it('are exact where sources are aggregated to prefixes that more than one network has', () => {
    const file = { low: ['192.0.2.0/25'], one: ['198.51.100.0/24'], six: ['2001:db8:0:1::/64'] };
    const { top } = create({ file, options: { prefixV4: 24, prefixV6: 48 } });
    for (let round = 0; round < 5; round++) {
      send(top, [
        burst('192.0.2.1', 1),
        burst('192.0.2.129', 2),
        burst('198.51.100.1', 4),
        burst('198.51.100.200', 8),
        burst('2001:db8:0:1::1', 16),
        burst('2001:db8:0:2::1', 32),
      ]);
    }
    assert.deepEqual(packetsOf(top), { low: 5, one: 60, six: 80, other: 170 });
  });

  it('go on by the new file at once, also for sources that are known', () => {
    const { top, networks, clock } = create();
    send(top, [burst('192.0.2.1', 1), burst('192.0.2.1', 1)]);
    clock.wallMs = 5_000;
    networks.replace(networkTables({ home: ['192.0.2.0/24'], host: ['192.0.2.7'] }));
    send(top, [burst('192.0.2.1', 4), burst('192.0.2.7', 8)]);
    assert.deepEqual(packetsOf(top), { home: 4, host: 8, office: 2, other: 0 });
    const startedAt = snapshotOf(top).series.map(({ key, startedAtMs }) => [key, startedAtMs]);
    assert.deepEqual(startedAt, [
      ['home', 5_000],
      ['host', 1_000],
      ['office', 1_000],
    ]);
    networks.replace(networkTables(FILE));
    send(top, [burst('192.0.2.1', 16)]);
    assert.deepEqual(packetsOf(top), { office: 18, host: 8, home: 4, other: 0 });
  });

  it('keep 256 that are gone, and beyond that end the series of those that went first, not in other', () => {
    const { top, networks } = create({ file: { first: ['192.0.2.0/24'] } });
    send(top, [burst('192.0.2.1', 7), burst('198.51.100.1', 5)]);
    networks.replace(manyNames(0, 256));
    send(top, [burst('10.0.255.1', 3)]);
    assert.equal(snapshotOf(top).series.length, 257);
    assert.equal(packetsOf(top)['first'], 7);
    networks.replace(manyNames(256, 256));
    const { series, other, tracked, evicted } = snapshotOf(top);
    assert.deepEqual([series.length, tracked, evicted], [512, 256, 1]);
    assert.equal(packetsOf(top)['first'], undefined);
    assert.equal(packetsOf(top)['n255'], 3);
    assert.deepEqual(other, { packets: 5, bytes: 500 });
    networks.replace(networkTables({ first: ['192.0.2.0/24'] }));
    send(top, [burst('192.0.2.1', 1)]);
    assert.equal(packetsOf(top)['first'], 1);
    assert.equal(packetsOf(top)['other'], 5);
  });

  it('are apart by slot, and forget one', () => {
    const { top, clock } = create();
    send(top, [burst('192.0.2.1', 1, 1), burst('192.0.2.1', 2, 2)]);
    clock.wallMs = 9_000;
    top.clearSlot(1);
    assert.deepEqual(packetsOf(top, 1), { office: 0, host: 0, other: 0 });
    assert.equal(snapshotOf(top, 1).series[0]?.startedAtMs, 9_000);
    assert.deepEqual(packetsOf(top, 2), { office: 2, host: 0, other: 0 });
  });
});
