// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildHeader } from '../../../src/generator/frames.ts';
import { GENERATOR_SETTINGS, GENERATOR_STREAM } from '../../../src/generator/layout.ts';
import { MAX_STREAMS, parseOptions } from '../../../src/generator/options.ts';
import { encodeSettings } from '../../../src/generator/settings.ts';
import { MAX_TURNS } from '../../../src/generator/turns.ts';

describe('the layout of the settings', () => {
  it('has as many turns, streams and words of a header as the plan may have', () => {
    assert.equal(GENERATOR_SETTINGS.lengths.turn, MAX_TURNS);
    assert.equal(GENERATOR_SETTINGS.lengths.streams, MAX_STREAMS);
    const address = Buffer.alloc(16);
    const longest = buildHeader({
      family: 6,
      protocol: 'tcp',
      source: address,
      destination: address,
      flags: [],
      vlan: 1,
    });
    assert.equal(8 * GENERATOR_STREAM.lengths.header >= longest.bytes.length, true);
  });
});

describe('encodeSettings', () => {
  const sources = { kind: 'skewed', count: 249, prefix: '198.51.100.7/24' };
  const destinations = { kind: 'uniform', count: 3, prefix: '203.0.113.9/24' };
  const tcp = { family: 4, protocol: 'tcp', flags: ['syn', 'ack'], vlan: 7, sources, destinations };
  const plan = parseOptions(
    JSON.stringify({
      netns: 'lab',
      device: 'gen0',
      frames: 1,
      seed: 2 ** 40 + 5,
      mix: [
        { family: 4, protocol: 'udp', weight: 2 },
        { ...tcp, weight: 1, length: { from: 60, to: 1514 } },
      ],
    }),
  );
  const settings = encodeSettings(plan, { ingress: 1, egress: 7 });
  const { offsets } = GENERATOR_SETTINGS;

  it('writes the seed, the route and whose turn it is', () => {
    assert.equal(settings.length, GENERATOR_SETTINGS.sizeBytes);
    assert.equal(settings.readBigUInt64LE(offsets.seed), BigInt(2 ** 40 + 5));
    assert.equal(settings.readUInt32LE(offsets.ingress), 1);
    assert.equal(settings.readUInt32LE(offsets.egress), 7);
    assert.equal(settings.readUInt32LE(offsets.turns), 3);
    assert.deepEqual([...settings.subarray(offsets.turn, offsets.turn + 4)], [0, 1, 0, 0]);
  });

  it('writes each stream with its header, its lengths and its addresses', () => {
    const start = offsets.streams + GENERATOR_STREAM.sizeBytes;
    const stream = settings.subarray(start, start + GENERATOR_STREAM.sizeBytes);
    const at = GENERATOR_STREAM.offsets;
    const header = buildHeader({
      family: 4,
      protocol: 'tcp',
      source: Buffer.from([198, 51, 100, 7]),
      destination: Buffer.from([203, 0, 113, 9]),
      flags: ['syn', 'ack'],
      vlan: 7,
    });
    assert.equal(stream.compare(header.bytes, 0, header.bytes.length, 0, header.bytes.length), 0);
    assert.equal(stream.readUInt32LE(at.first_source), 0xc6336407);
    assert.equal(stream.readUInt32LE(at.sources), 249);
    assert.equal(stream.readUInt32LE(at.source_draw), 2);
    assert.equal(stream.readUInt32LE(at.source_groups), 8);
    assert.equal(stream.readUInt32LE(at.first_destination), 0xcb007109);
    assert.equal(stream.readUInt32LE(at.destinations), 3);
    assert.equal(stream.readUInt32LE(at.destination_draw), 1);
    assert.equal(stream.readUInt32LE(at.destination_groups), 2);
    assert.equal(stream.readUInt32LE(at.ip_offset), 18);
    assert.equal(stream.readUInt32LE(at.first_length), 60);
    assert.equal(stream.readUInt32LE(at.lengths), 1455);
    assert.equal(stream.readUInt32LE(at.transport_sum), header.transportSum);
  });

  it('leaves the other streams empty', () => {
    const rest = settings.subarray(offsets.streams + 2 * GENERATOR_STREAM.sizeBytes);
    assert.ok(rest.every((byte) => byte === 0));
  });
});
