// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addressesOf,
  burst,
  createTopSources,
  encodePackets,
  RECORD_WORDS,
  send,
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
    top.rank(0);
    send(top, Array(3).fill({ source: '192.0.2.1', weight: 0xffff_ffff, length: 9000 }));
    const { sources, other } = top.snapshot(0);
    assert.equal(sources[0]?.bytes, 3 * 9000 * 0xffff_ffff);
    assert.equal(other.packets, 0xffff_ffff);
  });

  it('in "other" until a source joins, and then in a series that begins at 0', () => {
    const top = createTopSources();
    send(top, [burst('192.0.2.1', 5)]);
    assert.deepEqual(top.snapshot(0).sources, []);
    top.rank(12_345);
    const joined = { address: '192.0.2.1', packets: 0, bytes: 0, startedAtMs: 12_345 };
    assert.deepEqual(top.snapshot(0).sources, [joined]);
    send(top, [burst('192.0.2.1', 2), burst('192.0.2.1', 1), burst('192.0.2.9', 1)]);
    assert.deepEqual(top.snapshot(0), {
      sources: [{ ...joined, packets: 3, bytes: 300 }],
      other: { packets: 6, bytes: 600 },
      tracked: 2,
      evicted: 0,
    });
  });

  it('packets without a source address in "other" for ever', () => {
    const top = createTopSources();
    for (let second = 0; second < 3; second++) {
      send(top, [{ weight: 10 }, { source: '::', weight: 10 }]);
      top.rank(second * 1000);
    }
    assert.deepEqual(top.snapshot(0), {
      sources: [],
      other: { packets: 60, bytes: 6000 },
      tracked: 0,
      evicted: 0,
    });
  });

  it('packets that are not IP in "other", even if they had an address', () => {
    const top = createTopSources();
    const words = encodePackets([burst('192.0.2.1', 1)]);
    words[7] = 0;
    top.take(words, -1, 0, 1);
    assert.equal(top.snapshot(0).tracked, 0);
    assert.equal(top.snapshot(0).other.packets, 1);
  });

  it('0.0.0.0 as a source, since that is an address', () => {
    const top = createTopSources();
    send(top, [burst('0.0.0.0', 1)]);
    top.rank(0);
    assert.deepEqual(addressesOf(top), ['0.0.0.0']);
  });

  it('each device by itself, though they share sources', () => {
    const top = createTopSources();
    const packets = [burst('192.0.2.1', 1, 0), burst('192.0.2.1', 10, 255), { slot: 255 }];
    send(top, packets);
    top.rank(0);
    send(top, packets);
    assert.equal(top.snapshot(0).sources[0]?.packets, 1);
    assert.equal(top.snapshot(255).sources[0]?.packets, 10);
    assert.deepEqual(top.snapshot(255).other, { packets: 12, bytes: 1200 });
    assert.deepEqual(top.snapshot(1).other, { packets: 0, bytes: 0 });
    assert.deepEqual([top.records(0), top.records(255)], [2, 4]);
  });

  it('records that wrap around the end of a ring, even in the middle', () => {
    const top = createTopSources();
    const packets = [burst('192.0.2.1', 1), burst('2001:db8::1', 2), burst('192.0.2.3', 4)];
    send(top, packets);
    top.rank(0);
    const ring = new Uint32Array(32);
    const firstWord = ring.length - RECORD_WORDS - 3;
    for (const [index, word] of encodePackets(packets).entries()) {
      ring[(firstWord + index) & (ring.length - 1)] = word;
    }
    top.take(ring, ring.length - 1, firstWord, packets.length);
    const counts = top.snapshot(0).sources.map(({ address, packets: count }) => [address, count]);
    assert.deepEqual(Object.fromEntries(counts), {
      '192.0.2.1': 1,
      '2001:db8::1': 2,
      '192.0.2.3': 4,
    });
  });

  it('nothing for no records', () => {
    const top = createTopSources();
    top.take(new Uint32Array(8), 7, 0, 0);
    assert.equal(top.records(0), 0);
  });
});

describe('TopSources without series', () => {
  it('counts by device only, and has no table', () => {
    const top = createTopSources({ maxSeries: 0, tableSize: 2 ** 20 });
    send(top, [burst('192.0.2.1', 4), { slot: 7 }, burst('2001:db8::1', 2, 7)]);
    top.rank(0);
    top.rank(1000);
    assert.deepEqual(top.snapshot(7), {
      sources: [],
      other: { packets: 3, bytes: 300 },
      tracked: 0,
      evicted: 0,
    });
    assert.deepEqual([top.records(0), top.records(7)], [1, 2]);
    top.clearSlot(7);
    assert.deepEqual([top.counts(0).packets, top.counts(7).packets], [4, 0]);
  });
});
