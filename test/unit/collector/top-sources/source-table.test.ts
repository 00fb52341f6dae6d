// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createHashSeed, mix } from '../../../../src/collector/top-sources/source-hash.ts';
import {
  createSourceTable,
  firstOfSet,
  STATES,
  setState,
  slotOfTag,
  stateOfTag,
  tagOf,
} from '../../../../src/collector/top-sources/source-table.ts';
import { addressBytes, addressesOf, burst, createTopSources, send } from './packets.ts';

const PROBE_LIMIT = 8;
const TABLE_SIZE = 1024;

/** Addresses that share a set: what a sender could find who had stolen the seed of `createTopSources`. */
function findColliding(count: number): string[] {
  const [start, first, second] = createHashSeed(Buffer.alloc(12, 'seed'));
  const bySet = new Map<number, string[]>();
  for (let host = 0; ; host++) {
    const address = `10.${host >>> 16}.${(host >>> 8) & 255}.${host & 255}`;
    const word = addressBytes(address).readInt32LE(12);
    const set = firstOfSet(TABLE_SIZE, mix(start ^ word, first, second));
    const list = bySet.get(set) ?? [];
    bySet.set(set, list);
    if (list.push(address) === count) {
      return list;
    }
  }
}

describe('the table', () => {
  it('has a power of two of entries, at least one set', () => {
    const sizes = [0, 1, 8, 9, 1000, 65_536].map((size) => createSourceTable(size).tags.length);
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
      top.rank(second * 1000);
    }
    assert.equal(top.snapshot(0).tracked, PROBE_LIMIT);
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
      top.rank(second * 1000);
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
    top.rank(0);
    send(top, Array(100).fill(burst('10.0.0.99', 1000)));
    top.rank(1000);
    assert.deepEqual(addressesOf(top).sort(), members);
    assert.equal(top.snapshot(0).other.packets, 100_080);
    assert.equal(top.snapshot(0).evicted, 0);
  });
});

describe('tags', () => {
  it('hold the slot and the state, whatever the hash', () => {
    const table = createSourceTable(8);
    const states = fc.constantFrom(
      ...Object.values(STATES).filter((state) => state !== STATES.empty),
    );
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 255 }), states, (hash, slot, state) => {
        const tag = tagOf(hash, slot);
        assert.notEqual(tag, STATES.empty);
        table.tags[3] = tag;
        setState(table, 3, state);
        const changed = table.tags[3] ?? 0;
        assert.deepEqual([slotOfTag(changed), stateOfTag(changed)], [slot, state]);
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
