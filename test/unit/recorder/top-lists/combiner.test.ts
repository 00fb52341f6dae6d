// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCombiner } from '../../../../src/recorder/top-lists/combiner.ts';
import { NO_ENTRY } from '../../../../src/recorder/top-lists/key-counter.ts';

/** A combiner, and what it has counted by key: calls, packets and bytes. */
function createCounted() {
  const counted = new Map<string, [calls: number, packets: number, bytes: number]>();
  const count = (key: string, packets: number, bytes: number) => {
    const [calls = 0, allPackets = 0, allBytes = 0] = counted.get(key) ?? [];
    counted.set(key, [calls + 1, allPackets + packets, allBytes + bytes]);
    return NO_ENTRY;
  };
  const combiner = createCombiner({
    countWord: (slot, a, packets, bytes) => count(`${slot} ${a}`, packets, bytes),
    countWords: (slot, a, b, c, d, packets, bytes) =>
      count(`${slot} ${[a, b, c, d]}`, packets, bytes),
  });
  return { combiner, counted };
}

test('packets of a key are counted once, when they are flushed', () => {
  const { combiner, counted } = createCounted();
  for (let packet = 0; packet < 100; packet++) {
    combiner.add(3, 0, 7, 0, 0, 0, 2, 120);
  }
  assert.equal(counted.size, 0);
  combiner.flush();
  combiner.flush();
  assert.deepEqual([...counted], [['3 7', [1, 200, 12_000]]]);
  combiner.add(3, 0, 7, 0, 0, 0, 1, 60);
  combiner.flush();
  assert.deepEqual([...counted], [['3 7', [2, 201, 12_060]]]);
});

test('the same words are other keys of another slot, and where they are four', () => {
  const { combiner, counted } = createCounted();
  combiner.add(0, 0, 1, 0, 0, 0, 1, 10);
  combiner.add(1, 0, 1, 0, 0, 0, 1, 20);
  combiner.add(0, 1, 1, 0, 0, 0, 1, 30);
  combiner.add(0, 1, 0, 1, 0, 0, 1, 40);
  combiner.add(0, 1, 0, 0, 0, -1, 1, 50);
  combiner.flush();
  assert.deepEqual(Object.fromEntries(counted), {
    '0 1': [1, 1, 10],
    '1 1': [1, 1, 20],
    '0 1,0,0,0': [1, 1, 30],
    '0 0,1,0,0': [1, 1, 40],
    '0 0,0,0,-1': [1, 1, 50],
  });
});

test('of more keys than there are places, each is counted to the packet', () => {
  const { combiner, counted } = createCounted();
  const sent = new Map<string, number>();
  for (let packet = 0; packet < 100_000; packet++) {
    const port = (packet * 7919) % 1000;
    combiner.add(packet % 3, 0, port, 0, 0, 0, 1, 64);
    const key = `${packet % 3} ${port}`;
    sent.set(key, (sent.get(key) ?? 0) + 1);
    if (packet % 256 === 255) {
      combiner.flush();
    }
  }
  combiner.flush();
  assert.equal(counted.size, 3000);
  for (const [key, packets] of sent) {
    assert.deepEqual(counted.get(key)?.slice(1), [packets, 64 * packets], key);
  }
});
