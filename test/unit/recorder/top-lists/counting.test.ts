// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORD } from '../../../../src/kernel/layout.ts';
import {
  addressesOf,
  burst,
  createTopSources,
  encodePackets,
  type Packet,
  RECORD_WORDS,
  rankAt,
  send,
  WALL_MS,
} from './packets.ts';

describe('TopSources counts', () => {
  it('a packet as often as its record weighs, and its bytes as well', () => {
    const top = createTopSources();
    send(top, [
      { source: '192.0.2.1', weight: 3, length: 60 },
      { source: '192.0.2.2', weight: 1, length: 1500 },
    ]);
    assert.equal(top.records(0), 2);
    assert.deepEqual(top.counts(0), { packets: 4, bytes: 1680 });
  });

  it('beyond 2^32', () => {
    const top = createTopSources();
    send(top, [{ source: '192.0.2.1', weight: 0xffff_ffff, length: 9000 }]);
    rankAt(top, 0);
    send(top, Array(3).fill({ source: '192.0.2.1', weight: 0xffff_ffff, length: 9000 }));
    const { series, other } = top.sources(0);
    assert.equal(series[0]?.bytes, 3 * 9000 * 0xffff_ffff);
    assert.equal(other.packets, 0xffff_ffff);
  });

  it('in "other" until a source joins, and then in a series that begins at 0', () => {
    const top = createTopSources();
    send(top, [burst('192.0.2.1', 5)]);
    assert.deepEqual(top.sources(0).series, []);
    rankAt(top, 12_345);
    const joined = { key: '192.0.2.1', packets: 0, bytes: 0, startedAtMs: WALL_MS + 12_345 };
    assert.deepEqual(top.sources(0).series, [joined]);
    send(top, [burst('192.0.2.1', 2), burst('192.0.2.1', 1), burst('192.0.2.9', 1)]);
    assert.deepEqual(top.sources(0), {
      series: [{ ...joined, packets: 3, bytes: 300 }],
      other: { packets: 6, bytes: 600 },
      tracked: 2,
      evicted: 0,
    });
  });

  it('packets without a source address in "other" for ever', () => {
    const top = createTopSources();
    const packets: Packet[] = [
      { weight: 10 },
      { source: '0.0.0.0', weight: 10, malformed: 'truncated_network' },
      { source: '::', weight: 10, malformed: 'wrong_version' },
      { source: '0.0.0.0', weight: 10, malformed: 'wrong_header_length' },
      { weight: 10, malformed: 'truncated_link' },
    ];
    for (let second = 0; second < 3; second++) {
      send(top, packets);
      rankAt(top, second * 1000);
    }
    assert.deepEqual(top.sources(0), {
      series: [],
      other: { packets: 150, bytes: 15_000 },
      tracked: 0,
      evicted: 0,
    });
  });

  it('packets that are not IP in "other", even if they had an address', () => {
    const top = createTopSources();
    const words = encodePackets([burst('192.0.2.1', 1), burst('2001:db8::1', 1)]);
    for (const record of [0, 1]) {
      words[record * RECORD_WORDS + RECORD.offsets.slot / 4] = 0;
    }
    top.take(words, 0, 2, 0);
    assert.equal(top.sources(0).tracked, 0);
    assert.equal(top.sources(0).other.packets, 2);
  });

  it('the unspecified addresses as sources, since those are addresses', () => {
    const top = createTopSources();
    send(top, [burst('0.0.0.0', 2), burst('::', 1)]);
    rankAt(top, 0);
    assert.deepEqual(addressesOf(top), ['0.0.0.0', '::']);
  });

  it('a malformed packet by its source, where that was read', () => {
    const top = createTopSources({ maxSeries: 4 });
    send(top, [
      { source: '192.0.2.1', weight: 4, malformed: 'truncated_network' },
      { source: '0.0.0.0', weight: 3, malformed: 'wrong_total_length' },
      { source: '::', weight: 2, malformed: 'too_many_extensions' },
      { source: '2001:db8::1', weight: 1, malformed: 'truncated_transport' },
    ]);
    rankAt(top, 0);
    assert.deepEqual(addressesOf(top), ['192.0.2.1', '0.0.0.0', '::', '2001:db8::1']);
  });

  it('well-formed and malformed packets of the unspecified address apart, though they come in a row', () => {
    const top = createTopSources();
    const packets: Packet[] = [
      { source: '::' },
      { source: '::', malformed: 'wrong_version' },
      { source: '::' },
    ];
    send(top, packets);
    rankAt(top, 0);
    send(top, packets);
    assert.equal(top.sources(0).series[0]?.packets, 2);
    assert.equal(top.sources(0).other.packets, 4);
  });

  it('an IPv4 source and the IPv6 sources that look like it apart', () => {
    const top = createTopSources();
    const packets = [
      burst('192.0.2.7', 1),
      burst('::ffff:c000:207', 2),
      burst('c000:207::', 3),
      burst('192.0.2.7', 1),
    ];
    send(top, packets);
    rankAt(top, 0);
    send(top, packets);
    const counts = top.sources(0).series.map(({ key, packets: count }) => [key, count]);
    assert.deepEqual(counts, [
      ['c000:207::', 3],
      ['192.0.2.7', 2],
      ['::ffff:c000:207', 2],
    ]);
  });

  it('an IPv4 source by its first word, whatever somebody wrote into the others', () => {
    const top = createTopSources();
    const words = encodePackets([burst('192.0.2.7', 1), burst('192.0.2.7', 2)]);
    words.set([1, 2, 3], RECORD_WORDS + 1);
    top.take(words, 0, 2, 0);
    rankAt(top, 0);
    top.take(words, 0, 2, 0);
    assert.deepEqual(
      top.sources(0).series.map(({ key, packets }) => [key, packets]),
      [['192.0.2.7', 3]],
    );
  });

  it('each device by itself, though they share sources', () => {
    const top = createTopSources();
    const packets = [burst('192.0.2.1', 1, 0), burst('192.0.2.1', 10, 255), { slot: 255 }];
    send(top, packets);
    rankAt(top, 0);
    send(top, packets);
    assert.equal(top.sources(0).series[0]?.packets, 1);
    assert.equal(top.sources(255).series[0]?.packets, 10);
    assert.deepEqual(top.sources(255).other, { packets: 12, bytes: 1200 });
    assert.deepEqual(top.sources(1).other, { packets: 0, bytes: 0 });
    assert.deepEqual([top.records(0), top.records(255)], [2, 4]);
  });

  it('records that lie somewhere in a larger ring', () => {
    const top = createTopSources();
    const packets = [burst('192.0.2.1', 1), burst('2001:db8::1', 2), burst('192.0.2.3', 4)];
    send(top, packets);
    rankAt(top, 0);
    const ring = new Uint32Array(8 * RECORD_WORDS);
    ring.set(encodePackets([...packets, burst('192.0.2.4', 8)]), 3 * RECORD_WORDS);
    top.take(ring, 3 * RECORD_WORDS, packets.length, 0);
    const counts = top.sources(0).series.map(({ key, packets: count }) => [key, count]);
    assert.deepEqual(Object.fromEntries(counts), {
      '192.0.2.1': 1,
      '2001:db8::1': 2,
      '192.0.2.3': 4,
    });
  });

  it('nothing for no records', () => {
    const top = createTopSources();
    top.take(new Uint32Array(RECORD_WORDS), 0, 0, 0);
    assert.equal(top.records(0), 0);
  });
});

describe('TopSources for many slots', () => {
  const MAX_SLOTS = 4096;

  it('keeps the sources of up to 4096 devices apart', () => {
    const top = createTopSources({ tableSize: 65_536, minShare: 0 }, MAX_SLOTS);
    const slots = [0, 1, 255, 256, 2048, MAX_SLOTS - 1];
    const packets = slots.flatMap((slot) => [
      burst('192.0.2.1', slot + 1, slot),
      burst('2001:db8::1', 1, slot),
    ]);
    send(top, packets);
    rankAt(top, 0);
    send(top, packets);
    for (const slot of slots) {
      const found = top.sources(slot).series.map(({ key, packets: count }) => [key, count]);
      assert.deepEqual(Object.fromEntries(found), { '192.0.2.1': slot + 1, '2001:db8::1': 1 });
    }
    assert.equal(top.sources(2).tracked, 0);
  });

  it('works for one slot', () => {
    const top = createTopSources({}, 1);
    send(top, [burst('192.0.2.1', 1)]);
    rankAt(top, 0);
    assert.deepEqual(addressesOf(top), ['192.0.2.1']);
  });
});

describe('TopLists without series', () => {
  it('counts by device only, and has no table', () => {
    const top = createTopSources({ maxSeries: 0, tableSize: 2 ** 20 });
    send(top, [burst('192.0.2.1', 4), { slot: 7 }, burst('2001:db8::1', 2, 7)]);
    rankAt(top, 0);
    rankAt(top, 1000);
    assert.deepEqual(top.snapshot(7), {});
    assert.deepEqual(top.names, []);
    assert.deepEqual([top.records(0), top.records(7)], [1, 2]);
    top.clearSlot(7);
    assert.deepEqual([top.counts(0).packets, top.counts(7).packets], [4, 0]);
  });
});
