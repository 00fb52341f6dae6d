// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Family, ScalarSample } from '../../../src/metrics/family.ts';
import { createLabelCache } from '../../../src/metrics/labels.ts';
import { loggerFamilies } from '../../../src/metrics/logger-families.ts';
import type { DeviceLog, LoggerState } from '../../../src/snapshot/logger.ts';
import type { DeviceSnapshot } from '../../../src/snapshot/snapshot.ts';
import type { SourcesSnapshot } from '../../../src/snapshot/sources.ts';

/** Every cell has a number of its own. */
const LOG: DeviceLog = {
  decoded: 1001,
  sampledOut: 1002,
  ringFull: 1003,
  noRing: 1004,
  pending: 1005,
  packets: Float64Array.from({ length: 15 }, (_, index) => index + 1),
  bytes: Float64Array.from({ length: 15 }, (_, index) => (index + 1) * 100),
  malformed: Float64Array.from({ length: 8 }, (_, index) => index * 7),
};

const SOURCES: SourcesSnapshot = {
  sources: [
    { address: '192.0.2.1', packets: 11, bytes: 1100, startedAtMs: 1 },
    { address: '2001:db8::1', packets: 22, bytes: 2200, startedAtMs: 2 },
  ],
  other: { packets: 33, bytes: 3300 },
  tracked: 44,
  evicted: 55,
};

const STATE: LoggerState = {
  sampleInterval: 16,
  rings: [
    { cpu: 0, sizeBytes: 4_194_304, fillRatioMax: 0.25 },
    { cpu: 7, sizeBytes: 524_288, fillRatioMax: 0 },
  ],
};

const ETH0: DeviceSnapshot = { name: 'eth0', up: true, log: LOG, sources: SOURCES };

const label = createLabelCache();

function familiesOf(devices: readonly DeviceSnapshot[], logger?: LoggerState): readonly Family[] {
  return loggerFamilies(label(devices), logger);
}

/** Without their starts, which have a test of their own. */
function samplesOf(families: readonly Family[], name: string): readonly ScalarSample[] {
  const found = families.filter(({ definition }) => definition.name === name);
  assert.equal(found.length, 1, `families by the name of ${name}`);
  const samples = (found[0]?.samples ?? []) as readonly ScalarSample[];
  return samples.map(({ labels, value }) => ({ labels, value }));
}

describe('loggerFamilies', () => {
  it('gives every sample exactly the labels of its definition', () => {
    const families = familiesOf([ETH0], STATE);
    assert.equal(families.length, 12);
    for (const { definition, samples } of families) {
      assert.ok(samples.length > 0, definition.name);
      for (const { labels } of samples) {
        assert.deepEqual(Object.keys(labels).sort(), [...definition.labels].sort());
      }
    }
  });

  it('has no two samples with the same labels in a family', () => {
    const eth1 = { ...ETH0, name: 'eth1' };
    for (const { definition, samples } of familiesOf([ETH0, eth1], STATE)) {
      const labels = samples.map((sample) => JSON.stringify(sample.labels));
      assert.equal(new Set(labels).size, labels.length, definition.name);
    }
  });

  it('counts since the device was attached, and a source since it joined', () => {
    const families = familiesOf([{ ...ETH0, startedAtMs: 9 }], STATE);
    for (const { definition, samples } of families) {
      for (const { labels, startedAtMs } of samples.filter(() => definition.type === 'counter')) {
        const joined = SOURCES.sources.find(({ address }) => address === labels.source_address);
        assert.equal(startedAtMs, joined?.startedAtMs ?? 9, JSON.stringify(labels));
      }
    }
  });

  it('shows what became of the packets', () => {
    const families = familiesOf([ETH0]);
    assert.deepEqual(samplesOf(families, 'xdp_logger_packets_total'), [
      { labels: { device: 'eth0', outcome: 'decoded' }, value: 1001 },
      { labels: { device: 'eth0', outcome: 'sampled_out' }, value: 1002 },
      { labels: { device: 'eth0', outcome: 'ring_full' }, value: 1003 },
      { labels: { device: 'eth0', outcome: 'no_ring' }, value: 1004 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_logger_pending_packets'), [
      { labels: { device: 'eth0' }, value: 1005 },
    ]);
  });

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
    const families = familiesOf([ETH0]);
    for (const [name, factor] of [
      ['xdp_protocol_packets_total', 1],
      ['xdp_protocol_bytes_total', 100],
    ] as const) {
      assert.deepEqual(
        samplesOf(families, name),
        expected.map(([family, protocol, value]) => ({
          labels: { device: 'eth0', family, protocol },
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
      samplesOf(familiesOf([ETH0]), 'xdp_malformed_packets_total'),
      reasons.map((reason, index) => ({
        labels: { device: 'eth0', reason },
        value: (index + 1) * 7,
      })),
    );
  });

  it('shows the sources, all others as one more, and the table that they come from', () => {
    const families = familiesOf([ETH0]);
    for (const [name, factor] of [
      ['xdp_source_packets_total', 1],
      ['xdp_source_bytes_total', 100],
    ] as const) {
      assert.deepEqual(samplesOf(families, name), [
        { labels: { device: 'eth0', source_address: '192.0.2.1' }, value: 11 * factor },
        { labels: { device: 'eth0', source_address: '2001:db8::1' }, value: 22 * factor },
        { labels: { device: 'eth0', source_address: 'other' }, value: 33 * factor },
      ]);
    }
    assert.deepEqual(samplesOf(families, 'xdp_sources_tracked'), [
      { labels: { device: 'eth0' }, value: 44 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_sources_evicted_total'), [
      { labels: { device: 'eth0' }, value: 55 },
    ]);
  });

  it('shows the other sources also where none has a series of its own', () => {
    const sources = { ...SOURCES, sources: [] };
    assert.deepEqual(samplesOf(familiesOf([{ ...ETH0, sources }]), 'xdp_source_packets_total'), [
      { labels: { device: 'eth0', source_address: 'other' }, value: 33 },
    ]);
  });

  it('shows the state of every ring by its CPU, and the interval of all', () => {
    const families = familiesOf([], STATE);
    assert.deepEqual(samplesOf(families, 'xdp_logger_sample_interval'), [
      { labels: {}, value: 16 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_ring_size_bytes'), [
      { labels: { cpu: '0' }, value: 4_194_304 },
      { labels: { cpu: '7' }, value: 524_288 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_ring_fill_ratio_max'), [
      { labels: { cpu: '0' }, value: 0.25 },
      { labels: { cpu: '7' }, value: 0 },
    ]);
  });

  it('has no sample where the logger is off', () => {
    const families = familiesOf([{ name: 'eth0', up: true }]);
    assert.deepEqual(
      families.filter(({ samples }) => samples.length > 0),
      [],
    );
  });

  it('leaves only the sources out where only they are off', () => {
    const { sources: _, ...logged } = ETH0;
    const shown = familiesOf([logged], STATE).filter(({ samples }) => samples.length > 0);
    assert.equal(shown.length, 8);
    assert.ok(shown.every(({ definition }) => !definition.name.includes('source')));
  });

  it('shows each device by its own numbers, and one that was never logged not at all', () => {
    const eth2 = { name: 'eth2', up: true, log: { ...LOG, decoded: 5, pending: 6 } };
    const families = familiesOf([ETH0, { name: 'eth1', up: false }, eth2]);
    assert.deepEqual(samplesOf(families, 'xdp_logger_pending_packets'), [
      { labels: { device: 'eth0' }, value: 1005 },
      { labels: { device: 'eth2' }, value: 6 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_logger_packets_total')[4], {
      labels: { device: 'eth2', outcome: 'decoded' },
      value: 5,
    });
    const all = JSON.stringify(families.map(({ samples }) => samples));
    assert.ok(!all.includes('eth1'));
  });
});
