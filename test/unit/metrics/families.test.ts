// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFamilies } from '../../../src/metrics/families.ts';
import type { Family } from '../../../src/metrics/family.ts';
import { SIZE_BOUNDARIES } from '../../../src/metrics/packet-sizes.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { deviceOf, snapshotOf, trafficOf } from './snapshots.ts';

const BUILD = { version: '1.2.3', nodeVersion: 'v20.20.2' };

function familiesOf(snapshot: Snapshot): readonly Family[] {
  return createFamilies(BUILD)(snapshot);
}

/** Without their starts, which have a test of their own. */
function samplesOf(families: readonly Family[], name: string): Family['samples'] {
  const { samples = [] } = families.find(({ definition }) => definition.name === name) ?? {};
  return samples.map(({ startedAtMs: _, ...sample }) => sample);
}

/** Families of devices, without those of the exporter itself. */
function deviceFamilies(families: readonly Family[]): readonly Family[] {
  return families.filter(({ definition }) => definition.labels.some((label) => label === 'device'));
}

describe('createFamilies', () => {
  it('gives every sample exactly the labels of its definition', () => {
    const families = familiesOf(snapshotOf([deviceOf('eth0', trafficOf(2, [1, 2]))]));
    assert.equal(families.length, 10);
    for (const { definition, samples } of families) {
      for (const { labels } of samples) {
        assert.deepEqual(Object.keys(labels).sort(), [...definition.labels].sort());
      }
    }
  });

  it('has histogram samples in histograms and nowhere else', () => {
    for (const { definition, samples } of familiesOf(snapshotOf([deviceOf('a', trafficOf(2))]))) {
      for (const sample of samples) {
        assert.equal('counts' in sample, definition.type === 'histogram');
      }
    }
  });

  it('counts since the device was first attached', () => {
    const device = { ...deviceOf('eth0', trafficOf(2, [1, 2])), startedAtMs: 1234 };
    const counting = deviceFamilies(familiesOf(snapshotOf([device]))).filter(
      ({ definition }) => definition.type !== 'gauge',
    );
    assert.equal(counting.length, 5);
    for (const { startedAtMs } of counting.flatMap(({ samples }) => samples)) {
      assert.equal(startedAtMs, 1234);
    }
  });

  it('shows pushes by OTLP, in seconds, and nothing of them where it is off', () => {
    const exports = { success: 5, partial: 2, failure: 1 };
    const push = { startedAtMs: 7, exports, lastSuccessAtMs: 1_700_000_000_250 };
    const families = createFamilies(BUILD)(snapshotOf([]), push);
    assert.deepEqual(
      families.find(({ definition }) => definition.name === 'xdp_otlp_exports_total')?.samples,
      [
        { labels: { outcome: 'success' }, startedAtMs: 7, value: 5 },
        { labels: { outcome: 'partial' }, startedAtMs: 7, value: 2 },
        { labels: { outcome: 'failure' }, startedAtMs: 7, value: 1 },
      ],
    );
    assert.deepEqual(samplesOf(families, 'xdp_otlp_last_success_timestamp_seconds'), [
      { labels: {}, value: 1_700_000_000.25 },
    ]);
    assert.deepEqual(samplesOf(familiesOf(snapshotOf([])), 'xdp_otlp_exports_total'), []);
  });

  it('shows all six actions of a device, those never seen as zero', () => {
    const families = familiesOf(snapshotOf([deviceOf('eth0', trafficOf(2, [2]))]));
    assert.deepEqual(samplesOf(families, 'xdp_packets_total'), [
      { labels: { device: 'eth0', action: 'aborted' }, value: 0 },
      { labels: { device: 'eth0', action: 'drop' }, value: 0 },
      { labels: { device: 'eth0', action: 'pass' }, value: 16 },
      { labels: { device: 'eth0', action: 'tx' }, value: 0 },
      { labels: { device: 'eth0', action: 'redirect' }, value: 0 },
      { labels: { device: 'eth0', action: 'invalid' }, value: 0 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_bytes_total')[2], {
      labels: { device: 'eth0', action: 'pass' },
      value: 1600,
    });
  });

  it('shows per CPU, CPU 0 among them, only the actions that the device has seen', () => {
    const families = familiesOf(snapshotOf([deviceOf('eth0', trafficOf(2, [1, 5]))], [0, 7]));
    assert.deepEqual(samplesOf(families, 'xdp_cpu_packets_total'), [
      { labels: { device: 'eth0', cpu: '0', action: 'drop' }, value: 2 },
      { labels: { device: 'eth0', cpu: '0', action: 'invalid' }, value: 6 },
      { labels: { device: 'eth0', cpu: '7', action: 'drop' }, value: 12 },
      { labels: { device: 'eth0', cpu: '7', action: 'invalid' }, value: 16 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_cpu_bytes_total')[3], {
      labels: { device: 'eth0', cpu: '7', action: 'invalid' },
      value: 1600,
    });
  });

  it('shows an idle CPU as zero where another one has seen the action', () => {
    const traffic = trafficOf(1);
    const idle = { ...traffic, cpuPackets: new Float64Array(12), cpuBytes: new Float64Array(12) };
    const families = familiesOf(snapshotOf([deviceOf('eth0', idle)]));
    assert.deepEqual(
      samplesOf(families, 'xdp_cpu_packets_total').map(
        (sample) => 'value' in sample && sample.value,
      ),
      [0, 0],
    );
  });

  it('shows of a device without traffic only that it is down', () => {
    const families = deviceFamilies(familiesOf(snapshotOf([{ name: 'eth9', up: false }])));
    assert.equal(families.length, 1);
    assert.deepEqual(samplesOf(families, 'xdp_device_up'), [
      { labels: { device: 'eth9' }, value: 0 },
    ]);
  });

  it('keeps the counts of a device that went down', () => {
    const { program: _, ...down } = { ...deviceOf('eth0', trafficOf(1)), up: false };
    const names = deviceFamilies(familiesOf(snapshotOf([down], [0]))).map((f) => f.definition.name);
    assert.ok(names.includes('xdp_packets_total'));
    assert.ok(!names.includes('xdp_program_info'));
  });

  it('folds packet sizes into a histogram whose count is the sum of its buckets', () => {
    const families = familiesOf(snapshotOf([deviceOf('eth0', trafficOf(1))], [0]));
    assert.deepEqual(samplesOf(families, 'xdp_packet_size_bytes'), [
      {
        labels: { device: 'eth0' },
        boundaries: SIZE_BOUNDARIES,
        counts: [
          127,
          ...[7, 8, 9, 10, 11, 12, 13, 14, 15, 16].map((slot) => 2 ** slot),
          2 ** 17 + 2 ** 18 + 2 ** 19 + 2 ** 20,
        ],
        count: 2 ** 21 - 1,
        sum: 123_456,
      },
    ]);
  });

  it('names the program, the build and how each collector fared', () => {
    const families = familiesOf(snapshotOf([deviceOf('eth0', trafficOf(1))], [0]));
    assert.deepEqual(samplesOf(families, 'xdp_program_info'), [
      {
        labels: {
          device: 'eth0',
          program: 'xdp_exporter',
          id: '42',
          tag: '0123456789abcdef',
          mode: 'native',
        },
        value: 1,
      },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_exporter_build_info'), [
      { labels: { version: '1.2.3', node_version: 'v20.20.2' }, value: 1 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_scrape_collector_duration_seconds'), [
      { labels: { collector: 'traffic' }, value: 0.0025 },
      { labels: { collector: 'packet_sizes' }, value: 0.5 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_scrape_collector_success'), [
      { labels: { collector: 'traffic' }, value: 1 },
      { labels: { collector: 'packet_sizes' }, value: 0 },
    ]);
  });

  it('returns the same label objects from scrape to scrape', () => {
    const families = createFamilies(BUILD);
    const labelsOf = () =>
      deviceFamilies(families(snapshotOf([deviceOf('eth0', trafficOf(2, [1, 2]))])))
        .filter(({ definition }) => definition.name !== 'xdp_program_info')
        .flatMap(({ samples }) => samples.map(({ labels }) => labels));
    const first = labelsOf();
    const second = labelsOf();
    assert.equal(first.length, 22);
    assert.ok(first.every((labels, index) => labels === second[index]));
  });
});
