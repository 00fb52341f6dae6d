// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Protocols, protocols } from '../../../../src/collectors/protocols/collector.ts';
import { FAMILIES, MALFORMED_REASONS, PROTOCOLS } from '../../../../src/snapshot/packet-class.ts';
import { contextOf, deviceOf, samplesOf } from '../../catalogue/snapshots.ts';
import { FakeDevices, pairWord, recorderOf } from '../reading.ts';

const CLASSES = FAMILIES.length * PROTOCOLS.length;

describe('protocols.read', () => {
  const recorder = recorderOf([]);

  it('gives packets and bytes by family and protocol, and malformed packets by reason', () => {
    const devices = new FakeDevices({ slots: 2 });
    // By what the kernel tells apart: TCP by flags.
    const counts = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 3, 6, 12, 24, 48, 96, 192, 384, 768];
    for (const [index, count] of counts.entries()) {
      for (const position of [0, 2]) {
        const at = { slot: 1, position };
        devices.set('protocols', count, { ...at, word: pairWord(index, 'packets') });
        devices.set('protocols', 100 * count, { ...at, word: pairWord(index, 'bytes') });
      }
    }
    for (const reason of MALFORMED_REASONS.keys()) {
      devices.set('malformed', 7 * reason, { slot: 1, position: 1, word: reason });
    }
    const [part] = protocols.read(devices.reading({ slots: [1], recorder })) ?? [];
    const packets = [
      ...[1, 0, 0, 0, 0],
      ...[512, 2 + 4 + 8 + 16 + 32, 64, 128, 256],
      ...[768, 3 + 6 + 12 + 24 + 48, 96, 192, 384],
    ].map((count) => 2 * count);
    assert.deepEqual([...(part?.packets ?? [])], packets);
    assert.deepEqual(
      [...(part?.bytes ?? [])],
      packets.map((count) => count * 100),
    );
    assert.deepEqual([...(part?.malformed ?? [])], [0, 7, 14, 21, 28, 35, 42, 49]);
  });

  it('gives nothing of a device that was never counted', () => {
    const part = protocols.read(new FakeDevices().reading({ slots: [undefined], recorder }));
    assert.deepEqual(part, [undefined]);
  });

  it('reads nothing where the logger is off, since then no program looks into packets', () => {
    const values = () => assert.fail('read');
    assert.equal(protocols.read(new FakeDevices().reading({ values })), undefined);
  });
});

describe('protocols.families', () => {
  /** Every cell has a number of its own. */
  const PART: Protocols = {
    packets: Float64Array.from({ length: CLASSES }, (_, index) => index + 1),
    bytes: Float64Array.from({ length: CLASSES }, (_, index) => (index + 1) * 100),
    malformed: Float64Array.from({ length: 8 }, (_, index) => index * 7),
  };
  const device = deviceOf('eth0', { netns: 'blue', startedAtMs: 9 });
  const families = protocols.families([PART], contextOf([device]));
  const ofDevice = { device: 'eth0', netns: 'blue' };

  it('shows each protocol of both families, and frames that are not IP as one', () => {
    const expected = [
      ['other', 'other', 1],
      ['ipv4', 'other', 6],
      ['ipv4', 'tcp', 7],
      ['ipv4', 'udp', 8],
      ['ipv4', 'icmp', 9],
      ['ipv4', 'sctp', 10],
      ['ipv6', 'other', 11],
      ['ipv6', 'tcp', 12],
      ['ipv6', 'udp', 13],
      ['ipv6', 'icmp', 14],
      ['ipv6', 'sctp', 15],
    ] as const;
    for (const [name, factor] of [
      ['xdp_protocol_packets_total', 1],
      ['xdp_protocol_bytes_total', 100],
    ] as const) {
      assert.deepEqual(
        samplesOf(families, name),
        expected.map(([family, protocol, value]) => ({
          labels: { ...ofDevice, family, protocol },
          value: value * factor,
        })),
      );
    }
  });

  it('shows each way in which a packet can be malformed, and not those that are well', () => {
    const reasons = [
      'truncated_link',
      'truncated_network',
      'wrong_version',
      'wrong_header_length',
      'wrong_total_length',
      'too_many_extensions',
      'truncated_transport',
    ];
    assert.deepEqual(
      samplesOf(families, 'xdp_malformed_packets_total'),
      reasons.map((reason, index) => ({
        labels: { ...ofDevice, reason },
        value: (index + 1) * 7,
      })),
    );
  });

  it('counts since the device was first attached', () => {
    for (const { samples } of families) {
      assert.ok(samples.length > 0);
      for (const { startedAtMs } of samples) {
        assert.equal(startedAtMs, 9);
      }
    }
  });
});
