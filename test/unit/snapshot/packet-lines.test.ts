// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PACKET_ROW, PACKET_WORDS } from '../../../src/snapshot/packet.ts';
import { decodeWords, encodePackets, encodeWords } from '../../../src/snapshot/packet-lines.ts';
import type { PacketBatch } from '../../../src/snapshot/packet-stream.ts';

const COUNTS = { rows: 3, filtered: 4, sampledOut: 5, missed: 6 };

describe('lines of packets', () => {
  it('hold every word as it is', () => {
    const words = fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 }), {
      maxLength: 5 * PACKET_WORDS,
    });
    fc.assert(
      fc.property(words, (numbers) => {
        const batch: PacketBatch = {
          words: Uint32Array.from(numbers),
          devices: { 3: 'eth0' },
          counts: COUNTS,
          sampleInterval: 8,
        };
        const line = encodeWords(batch);
        assert.doesNotMatch(line, /\n/);
        assert.deepEqual(decodeWords(line), batch);
      }),
    );
  });

  it('show packets with their fields by name, and 64 bits as text', () => {
    const words = new Uint32Array(PACKET_WORDS);
    words[PACKET_ROW.source] = 0x0700_00cb;
    words[PACKET_ROW.destination] = 0x0102_00c0;
    words[PACKET_ROW.ports] = 0x3500_409c;
    words[PACKET_ROW.length] = 74;
    words[PACKET_ROW.weight] = 2;
    words[PACKET_ROW.kind] = 3 | (17 << 16) | (2 << 24) | (1 << 27);
    words[PACKET_ROW.time + 1] = 2 ** 31;
    words[PACKET_ROW.cpu] = 6;
    const batch = { words, devices: { 3: 'eth0' }, counts: COUNTS, sampleInterval: 8 };
    assert.deepEqual(JSON.parse(encodePackets(batch)), {
      packets: [
        {
          device: 'eth0',
          cpu: 6,
          rxQueue: 0,
          monotonicNs: '9223372036854775808',
          family: 'ipv4',
          source: '203.0.0.7',
          destination: '192.0.2.1',
          sourcePort: 40_000,
          destinationPort: 53,
          lengthBytes: 74,
          weight: 2,
          protocol: 17,
          vlan: 0,
          tcpFlags: 0,
          hopLimit: 0,
          action: 'pass',
          malformed: 'none',
        },
      ],
      counts: COUNTS,
      sampleInterval: 8,
    });
  });

  it('are refused where they are something else', () => {
    assert.throws(() => decodeWords('{'), /^ExporterError: read packets: /);
  });
});
