// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORD } from '../../../../src/kernel/layout.ts';
import { TopLists } from '../../../../src/recorder/top-lists/top-lists.ts';
import type { RankedListName, TopListName } from '../../../../src/snapshot/top-list.ts';
import { addressBytes, encodePackets, RECORD_WORDS, WALL_MS } from './packets.ts';

const TCP = 6;
const UDP = 17;
const ICMP = 1;
const SCTP = 132;
const GRE = 47;

interface Packet {
  readonly source?: string;
  readonly destination?: string;
  readonly protocol?: number;
  readonly port?: number;
  readonly slot?: number;
  readonly weight?: number;
}

function createLists(maxSeries: Partial<Record<RankedListName, number>>): TopLists {
  return new TopLists(4, {
    maxSeries: { sources: 0, destinations: 0, ports: 0, ...maxSeries },
    tableSize: 1024,
    prefixV4: 32,
    prefixV6: 128,
    minShare: 0,
    newSeriesPerHour: 3_600_000,
  });
}

function encode(packets: readonly Packet[]): Uint32Array {
  const words = encodePackets(packets);
  const buffer = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
  for (const [index, { destination, protocol = UDP, port = 0 }] of packets.entries()) {
    const record = buffer.subarray(index * RECORD.sizeBytes);
    if (destination !== undefined) {
      addressBytes(destination).copy(record, RECORD.offsets.destination);
    }
    record.writeUInt8(protocol, RECORD.offsets.protocol);
    record.writeUInt16BE(port, RECORD.offsets.destination_port);
  }
  return words;
}

/** Twice, so that all keys have joined before the second time. */
function sendTwice(lists: TopLists, packets: readonly Packet[]): void {
  const words = encode(packets);
  for (const second of [0, 1]) {
    lists.take(words, 0, words.length / RECORD_WORDS, 0);
    lists.rank(second * 1000, WALL_MS + second * 1000);
  }
}

/** By key, what the second time added; all others under "other". */
function countsOf(lists: TopLists, name: TopListName, slot = 0): Record<string, number> {
  const snapshot = lists.snapshot(slot)[name];
  assert.ok(snapshot);
  const series = snapshot.series.map(({ key, packets }) => [key, packets] as const);
  return { ...Object.fromEntries(series), other: snapshot.other.packets };
}

const A = '192.0.2.1';
const B = '2001:db8::1';

describe('the list of destinations', () => {
  it('counts by the address that packets go to, of either family', () => {
    const lists = createLists({ destinations: 4 });
    sendTwice(lists, [
      { source: A, destination: '198.51.100.1', weight: 3 },
      { source: A, destination: '198.51.100.2', weight: 1 },
      { source: B, destination: '2001:db8::2', weight: 2 },
      { weight: 10 },
    ]);
    assert.deepEqual(countsOf(lists, 'destinations'), {
      '198.51.100.1': 3,
      '198.51.100.2': 1,
      '2001:db8::2': 2,
      other: 26,
    });
    assert.deepEqual(lists.names, ['destinations']);
  });
});

describe('the list of ports', () => {
  it('counts by protocol and destination port, whatever the family', () => {
    const lists = createLists({ ports: 8 });
    sendTwice(lists, [
      { source: A, protocol: UDP, port: 53 },
      { source: B, protocol: UDP, port: 53, weight: 4 },
      { source: A, protocol: TCP, port: 53, weight: 2 },
      { source: A, protocol: TCP, port: 65_535, weight: 3 },
      { source: A, protocol: SCTP, port: 256, weight: 6 },
    ]);
    assert.deepEqual(countsOf(lists, 'ports'), {
      'udp/53': 5,
      'tcp/53': 2,
      'tcp/65535': 3,
      'sctp/256': 6,
      other: 16,
    });
  });

  it('has what is without a port in "other"', () => {
    const lists = createLists({ ports: 8 });
    sendTwice(lists, [
      { source: A, protocol: ICMP },
      { source: A, protocol: GRE, port: 80 },
      { source: A, protocol: TCP, port: 0 },
      { protocol: UDP, port: 0x0806 },
      { source: A, protocol: TCP, port: 80, weight: 2 },
    ]);
    assert.deepEqual(countsOf(lists, 'ports'), { 'tcp/80': 2, other: 10 });
  });

  it('takes any number of records at once', () => {
    const lists = createLists({ ports: 8 });
    const packets = Array.from({ length: 1000 }, (_, index) => ({
      source: A,
      port: 1 + (index % 2),
    }));
    sendTwice(lists, packets);
    assert.deepEqual(countsOf(lists, 'ports'), { 'udp/1': 500, 'udp/2': 500, other: 1000 });
  });

  it('counts ports apart whose sums would lie in one place, and those of each device', () => {
    const lists = createLists({ ports: 8 });
    const round = [
      { source: A, port: 3 },
      { source: A, port: 0x0102, weight: 2 },
      { source: A, port: 0x0201, weight: 4 },
      { source: A, port: 3, protocol: TCP, weight: 8 },
      { source: A, port: 2, slot: 1, weight: 16 },
    ];
    sendTwice(lists, [...round, ...round.toReversed(), ...round]);
    const one = { 'udp/3': 3, 'udp/258': 6, 'udp/513': 12, 'tcp/3': 24 };
    assert.deepEqual(countsOf(lists, 'ports'), { ...one, other: 45 });
    assert.deepEqual(countsOf(lists, 'ports', 1), { 'udp/2': 48, other: 48 });
  });

  it('names the heavy one under a scan of every port', () => {
    const lists = createLists({ ports: 2 });
    const scan = Array.from({ length: 65_535 }, (_, index) => ({ source: A, port: index + 1 }));
    const heavy = { source: A, protocol: TCP, port: 443, weight: 5_000 };
    for (let round = 0; round < 3; round++) {
      sendTwice(lists, [...scan, heavy]);
    }
    const counts = countsOf(lists, 'ports');
    assert.ok((counts['tcp/443'] ?? 0) >= 5 * 5_000, JSON.stringify(counts));
    assert.equal(
      Object.values(counts).reduce((sum, packets) => sum + packets, 0),
      6 * (65_535 + 5_000),
    );
  });
});

describe('all lists together', () => {
  it('count each packet once in each list and once by device', () => {
    const lists = createLists({ sources: 2, destinations: 2, ports: 2 });
    sendTwice(lists, [
      { source: A, destination: '198.51.100.1', port: 53, weight: 3, slot: 1 },
      { source: B, destination: '2001:db8::2', port: 123, weight: 2, slot: 1 },
    ]);
    assert.deepEqual(lists.counts(1), { packets: 10, bytes: 1000 });
    assert.equal(lists.records(1), 4);
    assert.deepEqual(countsOf(lists, 'sources', 1), { [A]: 3, [B]: 2, other: 5 });
    assert.deepEqual(countsOf(lists, 'destinations', 1), {
      '198.51.100.1': 3,
      '2001:db8::2': 2,
      other: 5,
    });
    assert.deepEqual(countsOf(lists, 'ports', 1), { 'udp/53': 3, 'udp/123': 2, other: 5 });
  });

  it('forget a slot', () => {
    const lists = createLists({ sources: 2, destinations: 2, ports: 2 });
    sendTwice(lists, [{ source: A, destination: '198.51.100.1', port: 53 }]);
    lists.clearSlot(0);
    const nothing = { series: [], other: { packets: 0, bytes: 0 }, tracked: 0, evicted: 0 };
    assert.deepEqual(lists.snapshot(0), {
      sources: nothing,
      destinations: nothing,
      ports: nothing,
    });
  });
});
