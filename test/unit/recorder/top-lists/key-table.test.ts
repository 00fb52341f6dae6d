// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { isIPv4 } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createHashSeed, mix } from '../../../../src/recorder/top-lists/key-hash.ts';
import { firstOfSet } from '../../../../src/recorder/top-lists/key-set.ts';
import { createKeyTable, setState } from '../../../../src/recorder/top-lists/key-table.ts';
import {
  familyOfTag,
  STATES,
  slotOfTag,
  stateOfTag,
  tagOf,
} from '../../../../src/recorder/top-lists/key-tag.ts';
import { addressBytes, addressesOf, burst, createTopSources, rankAt, send } from './packets.ts';

fc.configureGlobal({ seed: 1 });

const PROBE_LIMIT = 8;
const TABLE_SIZE = 1024;

/** As of device 0 in `createTopSources`. */
function hash(address: string): number {
  const [start, first, second] = createHashSeed(Buffer.alloc(12, 'seed'));
  const bytes = addressBytes(address);
  const words = isIPv4(address) ? [0] : [0, 4, 8, 12];
  return words.reduce(
    (mixed, at) => mix(mixed ^ bytes.readInt32LE(at), first, second),
    start ^ Math.imul(isIPv4(address) ? 0 : 1, first),
  );
}

/** Two addresses of a series with equal tags. */
function findAlike(addressOf: (n: number) => string): [string, string] {
  const byTag = new Map<number, string>();
  for (let n = 0; n < 0xffff; n++) {
    const address = addressOf(n);
    const tag = tagOf(hash(address), 0, isIPv4(address) ? 0 : 1);
    const alike = byTag.get(tag);
    if (alike !== undefined) {
      return [alike, address];
    }
    byTag.set(tag, address);
  }
  throw new Error('no two are alike');
}

/** Addresses that share a set: what a sender could find who had stolen the seed of `createTopSources`. */
function findColliding(count: number): string[] {
  const bySet = new Map<number, string[]>();
  for (let host = 0; ; host++) {
    const address = `10.${host >>> 16}.${(host >>> 8) & 255}.${host & 255}`;
    const set = firstOfSet(TABLE_SIZE, hash(address));
    const list = bySet.get(set) ?? [];
    bySet.set(set, list);
    if (list.push(address) === count) {
      return list;
    }
  }
}

describe('the table', () => {
  it('has a power of two of entries, at least one set', () => {
    const sizes = [0, 1, 8, 9, 1000, 65_536].map((size) => createKeyTable(size, 1).tags.length);
    assert.deepEqual(sizes, [8, 8, 8, 16, 1024, 65_536]);
  });

  it('confines sources that collide to the probe limit, even those who know the seed', () => {
    const top = createTopSources({ tableSize: TABLE_SIZE });
    const hostile = findColliding(500);
    for (let second = 0; second < 10; second++) {
      send(
        top,
        hostile.map((source) => burst(source, 1)),
      );
      rankAt(top, second * 1000);
    }
    assert.equal(top.sources(0).tracked, PROBE_LIMIT);
  });

  it('lets a strong source into a set that others try to hold', () => {
    const top = createTopSources({ tableSize: TABLE_SIZE });
    const [victim = '', ...hostile] = findColliding(500);
    send(
      top,
      hostile.map((source) => burst(source, 1)),
    );
    for (let second = 0; second < 10; second++) {
      send(
        top,
        hostile.map((source) => burst(source, 1)),
      );
      send(top, Array(100).fill(burst(victim, 1)));
      rankAt(top, second * 1000);
    }
    assert.ok(addressesOf(top).includes(victim));
  });

  it('counts on where a whole set is pinned', () => {
    const top = createTopSources({ tableSize: 8, maxSeries: 8, minShare: 0 });
    const members = Array.from({ length: 8 }, (_, index) => `10.0.0.${index}`);
    send(
      top,
      members.map((source) => burst(source, 10)),
    );
    rankAt(top, 0);
    send(top, Array(100).fill(burst('10.0.0.99', 1000)));
    rankAt(top, 1000);
    assert.deepEqual(addressesOf(top).sort(), members);
    assert.equal(top.sources(0).other.packets, 100_080);
    assert.equal(top.sources(0).evicted, 0);
  });
});

describe('a full set', () => {
  const strong = Array.from({ length: 8 }, (_, index) => burst(`10.0.0.${index}`, 100));
  const full = { tableSize: 8, maxSeries: 1, minShare: 0.5, newSeriesPerHour: 1 };

  it('is not given up for strangers that send a packet each', () => {
    const top = createTopSources(full);
    send(top, strong);
    send(
      top,
      Array.from({ length: 99 }, (_, index) => burst(`10.1.0.${index}`, 1)),
    );
    assert.equal(top.sources(0).evicted, 0);
  });

  it('is worn down by them, so that it is not held for ever either', () => {
    const top = createTopSources(full);
    send(top, strong);
    send(top, Array(51).fill(burst('10.1.0.1', 1)));
    send(top, Array(49).fill(burst('10.1.0.2', 1)));
    assert.deepEqual([top.sources(0).evicted, top.sources(0).tracked], [1, 8]);
  });

  it('leaves a newcomer nothing of the score that was there', () => {
    const top = createTopSources({ ...full, minShare: 0 });
    send(top, [
      burst('10.0.0.99', 100),
      ...strong.slice(1).map((each) => ({ ...each, weight: 59 })),
    ]);
    send(top, [burst('10.1.0.1', 60)]);
    assert.equal(top.sources(0).evicted, 1);
    rankAt(top, 0);
    assert.deepEqual(addressesOf(top), ['10.0.0.99']);
  });
});

describe('a lookup', () => {
  it('tells sources apart whose tags are the same', () => {
    const words = [
      (n: number) => `${(n + 1).toString(16)}:1::`,
      (n: number) => `2001:db8:${n.toString(16)}::1`,
      (n: number) => `2001:db8::${n.toString(16)}:0:1`,
      (n: number) => `10.0.${n >>> 8}.${n & 255}`,
    ];
    for (const addressOf of words) {
      const [one, other] = findAlike(addressOf);
      const top = createTopSources({ tableSize: 8, minShare: 0 });
      send(top, [burst(one, 1), burst(other, 2)]);
      assert.equal(top.sources(0).tracked, 2, `${one} and ${other}`);
    }
  });

  it('finds the same source of many devices in different sets', () => {
    const top = createTopSources({ tableSize: TABLE_SIZE });
    const slots = Array.from({ length: 100 }, (_, slot) => slot);
    send(
      top,
      slots.map((slot) => burst('192.0.2.1', 1, slot)),
    );
    assert.deepEqual(
      slots.map((slot) => top.sources(slot).tracked),
      slots.map(() => 1),
    );
  });
});

describe('tags', () => {
  it('hold the slot, the family and the state, whatever the hash', () => {
    const table = createKeyTable(8, 1);
    const states = fc.constantFrom(
      ...Object.values(STATES).filter((state) => state !== STATES.empty),
    );
    fc.assert(
      fc.property(fc.integer(), fc.nat(4095), fc.nat(1), states, (hash, slot, isIpv6, state) => {
        const tag = tagOf(hash, slot, isIpv6);
        assert.notEqual(tag, STATES.empty);
        table.tags[3] = tag;
        setState(table, 3, state);
        const changed = table.tags[3] ?? 0;
        assert.deepEqual(
          [slotOfTag(changed), familyOfTag(changed), stateOfTag(changed)],
          [slot, isIpv6 === 1 ? 'ipv6' : 'ipv4', state],
        );
        assert.equal((changed ^ tag) >>> 3, 0, 'it is found as before');
      }),
    );
  });
});

describe('the hash', () => {
  it('has another seed in every process', () => {
    const [start, first, second] = createHashSeed();
    assert.notDeepEqual(createHashSeed(), [start, first, second]);
    assert.ok((first & 1) === 1 && (second & 1) === 1);
  });

  it('gives no two words the same value', () => {
    const [, first, second] = createHashSeed(Buffer.alloc(12, 'other seed'));
    const values = new Set(Array.from({ length: 100_000 }, (_, word) => mix(word, first, second)));
    assert.equal(values.size, 100_000);
  });

  it('spreads neighbours over the sets', () => {
    const [, first, second] = createHashSeed(Buffer.alloc(12, 'seed'));
    const load = new Uint32Array(TABLE_SIZE / PROBE_LIMIT);
    for (let word = 0; word < 64 * load.length; word++) {
      const set =
        firstOfSet(TABLE_SIZE, mix((word << 24) | (word >>> 8), first, second)) / PROBE_LIMIT;
      load[set] = (load[set] ?? 0) + 1;
    }
    assert.ok(Math.max(...load) < 3 * 64 && Math.min(...load) > 64 / 3);
  });
});
