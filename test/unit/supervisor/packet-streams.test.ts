// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PacketBatch, PacketRequest } from '../../../src/snapshot/packet-stream.ts';
import { ACCEPTS } from '../../../src/supervisor/accepts.ts';
import { PacketStreams } from '../../../src/supervisor/packet-streams.ts';

const REQUEST: PacketRequest = { filter: '', sample: 1 };
const BATCH: PacketBatch = {
  words: new Uint32Array(),
  devices: {},
  counts: { rows: 0, filtered: 0, sampledOut: 0, missed: 0 },
  sampleInterval: 1,
};

function setUp() {
  const happened: string[] = [];
  const posts: ((batch: PacketBatch) => boolean)[] = [];
  const streams = new PacketStreams(
    ({ filter }, take) => {
      const index = posts.push(take) - 1;
      happened.push(`open ${index} ${filter}`);
      return {
        taken: (rows) => happened.push(`taken ${index} ${rows}`),
        close: () => happened.push(`close ${index}`),
      };
    },
    (stream) => happened.push(`tell ${stream}`) > 0,
  );
  return { streams, happened, posts };
}

describe('PacketStreams', () => {
  it('leads each stream to its own reader, and ends those that are left with the wire', () => {
    const { streams, happened, posts } = setUp();
    const { openPackets, packetsTaken, closePackets } = streams.calls;
    const first = openPackets({ ...REQUEST, filter: 'udp' });
    const second = openPackets(REQUEST);
    assert.equal(posts[1]?.(BATCH), true);
    packetsTaken({ stream: first, rows: 7 });
    closePackets(first);
    // A wire may say anything.
    closePackets(first);
    packetsTaken({ stream: 99, rows: 1 });
    streams.close();
    assert.deepEqual(happened, [
      'open 0 udp',
      'open 1 ',
      `tell ${second}`,
      'taken 0 7',
      'close 0',
      'close 1',
    ]);
  });
});

describe('what a wire may ask of packets', () => {
  const refused: readonly (readonly [keyof typeof ACCEPTS, unknown])[] = [
    ['openPackets', undefined],
    ['openPackets', { sample: 1 }],
    ['openPackets', { filter: 'x'.repeat(5_000), sample: 1 }],
    ['openPackets', { filter: '', sample: 0 }],
    ['openPackets', { filter: '', sample: 1.5 }],
    ['openPackets', { filter: '', sample: 70_000 }],
    ['openPackets', { filter: '', sample: 1, devices: 'eth0' }],
    ['openPackets', { filter: '', sample: 1, devices: [7] }],
    ['openPackets', { filter: '', sample: 1, devices: new Array(5_000).fill('eth0') }],
    ['packetsTaken', { stream: 0, rows: -1 }],
    ['packetsTaken', { stream: '0', rows: 1 }],
    ['closePackets', {}],
  ];
  for (const [call, argument] of refused) {
    it(`is not ${call} with ${JSON.stringify(argument)?.slice(0, 60)}`, () => {
      assert.equal(ACCEPTS[call](argument), false);
    });
  }

  it('is a filter, a sampling and devices', () => {
    assert.ok(ACCEPTS.openPackets(REQUEST));
    assert.ok(ACCEPTS.openPackets({ filter: 'udp', sample: 65_536, devices: ['eth0'] }));
    assert.ok(ACCEPTS.packetsTaken({ stream: 0, rows: 1 }));
    assert.ok(ACCEPTS.closePackets(0));
  });
});
