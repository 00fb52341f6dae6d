// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createFamilies } from '../../../src/catalogue/families.ts';
import type { Family } from '../../../src/metrics/family.ts';
import { DOWN_REASONS } from '../../../src/snapshot/device.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import {
  absentDevice,
  deviceOf,
  packetSizesOf,
  samplesOf,
  snapshotOf,
  trafficOf,
} from './snapshots.ts';

const BUILD = { version: '1.2.3', nodeVersion: 'v20.20.2' };

function familiesOf(snapshot: Snapshot): readonly Family[] {
  return createFamilies(BUILD)(snapshot);
}

/** Families of devices, without those of the exporter itself. */
function deviceFamilies(families: readonly Family[]): readonly Family[] {
  return families.filter(({ definition }) => definition.labels.includes('device'));
}

function namesOf(families: readonly Family[]): readonly string[] {
  return families.map(({ definition }) => definition.name);
}

describe('createFamilies', () => {
  it('exposes devices, then the parts in the order of the list, then the exporter itself', () => {
    const parts = { packet_sizes: [packetSizesOf()], traffic: [trafficOf(2)] };
    assert.deepEqual(namesOf(familiesOf(snapshotOf([deviceOf('eth0')], parts))), [
      'xdp_device_up',
      'xdp_program_info',
      'xdp_packets_total',
      'xdp_bytes_total',
      'xdp_cpu_packets_total',
      'xdp_packet_size_bytes',
      'xdp_exporter_build_info',
      'xdp_scrape_collector_duration_seconds',
      'xdp_scrape_collector_success',
    ]);
  });

  it('gives every sample the labels of its definition', () => {
    const devices = [deviceOf('eth0', { netns: 'blue' }), absentDevice('eth1')];
    const parts = { traffic: [trafficOf(2), undefined] };
    for (const { definition, samples } of familiesOf(snapshotOf(devices, parts))) {
      for (const { labels } of samples) {
        const given = Object.keys(labels).filter((label) => label !== 'netns');
        const optional: readonly string[] = definition.optionalLabels ?? [];
        const required = given.filter((label) => !optional.includes(label));
        assert.deepEqual(required.sort(), [...definition.labels].sort(), definition.name);
      }
    }
  });

  it('says why a device is down, and nothing of the kind of one that is up', () => {
    const down = DOWN_REASONS.map((reason) => ({ ...absentDevice(reason), reason }));
    const blue = { ...absentDevice('eth0'), netns: 'blue' };
    const families = familiesOf(snapshotOf([deviceOf('eth0'), blue, ...down]));
    assert.deepEqual(samplesOf(families, 'xdp_device_up'), [
      { labels: { device: 'eth0' }, value: 1 },
      { labels: { device: 'eth0', netns: 'blue' }, value: 0 },
      ...DOWN_REASONS.map((device) => ({ labels: { device }, value: 0 })),
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_device_down_info'), [
      { labels: { device: 'eth0', netns: 'blue', reason: 'absent' }, value: 1 },
      ...DOWN_REASONS.map((reason) => ({ labels: { device: reason, reason }, value: 1 })),
    ]);
  });

  it('shows how often it was tried, by role and outcome, also of a device that is not wanted any more', () => {
    const attempts = [
      { role: 'attached', outcome: 'occupied', count: 3, startedAtMs: 7 },
      { role: 'observed', outcome: 'success', count: 1, startedAtMs: 9 },
    ] as const;
    const unwanted = deviceOf('eth0', { netns: 'blue', wanted: false, up: false, attempts });
    const families = familiesOf(snapshotOf([unwanted, deviceOf('eth1')]));
    const found = families.find(
      ({ definition }) => definition.name === 'xdp_attach_attempts_total',
    );
    const device = { device: 'eth0', netns: 'blue' };
    assert.deepEqual(found?.samples, [
      { labels: { ...device, role: 'attached', outcome: 'occupied' }, startedAtMs: 7, value: 3 },
      { labels: { ...device, role: 'observed', outcome: 'success' }, startedAtMs: 9, value: 1 },
    ]);
  });

  it('shows of a device that was never counted only that it is down, and why', () => {
    const families = familiesOf(snapshotOf([absentDevice('eth9')], { traffic: [undefined] }));
    assert.deepEqual(namesOf(deviceFamilies(families)), ['xdp_device_up', 'xdp_device_down_info']);
  });

  it('keeps the counts of a device that went down', () => {
    const { program: _, ...down } = { ...deviceOf('eth0'), up: false, reason: 'detached' as const };
    const names = namesOf(familiesOf(snapshotOf([down], { traffic: [trafficOf(1)] }, [0])));
    assert.ok(names.includes('xdp_packets_total'));
    assert.ok(!names.includes('xdp_program_info'));
  });

  it('keeps the counts of a device that is not wanted any more, which is neither up nor down', () => {
    const unwanted = deviceOf('eth0', { wanted: false, up: false });
    const devices = [unwanted, deviceOf('eth1')];
    const parts = { traffic: [trafficOf(1), trafficOf(1)] };
    const families = familiesOf(snapshotOf(devices, parts, [0]));
    assert.deepEqual(samplesOf(families, 'xdp_device_up'), [
      { labels: { device: 'eth1' }, value: 1 },
    ]);
    assert.equal(samplesOf(families, 'xdp_program_info').length, 1);
    assert.equal(samplesOf(families, 'xdp_packets_total').length, 12);
  });

  it('says what a device is, and leaves empty what its driver does not say', () => {
    const info = { driver: 'a"\u001b\n', mtu: 9000, speedMbps: 25_000, rxQueues: 8 };
    const unknown = { driver: '', mtu: 1500 };
    const devices = [
      deviceOf('eth0', { netns: 'blue', info }),
      { ...absentDevice('eth1'), info: unknown },
      deviceOf('eth2'),
    ];
    const families = familiesOf(snapshotOf(devices));
    const told = { driver: 'a"\u001b\n', mtu: '9000', speed: '25000', rx_queues: '8' };
    assert.deepEqual(samplesOf(families, 'xdp_device_info'), [
      { labels: { device: 'eth0', netns: 'blue', ...told }, value: 1 },
      { labels: { device: 'eth1', driver: '', mtu: '1500', speed: '', rx_queues: '' }, value: 1 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_device_speed_bytes'), [
      { labels: { device: 'eth0', netns: 'blue' }, value: 3_125_000_000 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_device_rx_queues'), [
      { labels: { device: 'eth0', netns: 'blue' }, value: 8 },
    ]);
  });

  it('has another series for a device whose MTU has changed, and the same as long as it has not', () => {
    const families = createFamilies(BUILD);
    const labelsAt = (mtu: number) => {
      const device = deviceOf('eth0', { info: { driver: 'veth', mtu } });
      const found = families(snapshotOf([device])).find(
        ({ definition }) => definition.name === 'xdp_device_info',
      );
      return found?.samples[0]?.labels;
    };
    const [first, same, other] = [labelsAt(1500), labelsAt(1500), labelsAt(9000)];
    assert.equal(first, same);
    assert.deepEqual([first?.mtu, other?.mtu], ['1500', '9000']);
  });

  it('names the components of a program', () => {
    const own = deviceOf('eth0').program;
    assert.ok(own !== undefined);
    const components = [{ name: 'filter', id: 43, tag: 'beef', function: 'prog0' }];
    const device = deviceOf('eth0', { program: { ...own, components } });
    assert.deepEqual(samplesOf(familiesOf(snapshotOf([device])), 'xdp_program_component_info'), [
      {
        labels: { device: 'eth0', program: 'filter', id: '43', tag: 'beef', function: 'prog0' },
        value: 1,
      },
    ]);
  });

  it('names the program, the build and how each collector fared', () => {
    const families = familiesOf(snapshotOf([deviceOf('eth0', { netns: 'blue' })]));
    assert.deepEqual(samplesOf(families, 'xdp_program_info'), [
      {
        labels: {
          device: 'eth0',
          netns: 'blue',
          program: 'xdp_exporter',
          id: '42',
          tag: '0123456789abcdef',
          mode: 'native',
          role: 'attached',
        },
        value: 1,
      },
    ]);
    assert.ok(!namesOf(families).includes('xdp_program_component_info'));
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

  it('shows pushes by OTLP, in seconds, and nothing of them where it is off', () => {
    const exports = { success: 5, partial: 2, failure: 1 };
    const push = { startedAtMs: 7, exports, lastSuccessAtMs: 1_700_000_000_250 };
    const families = createFamilies(BUILD)(snapshotOf([]), { push });
    const pushes = families.find(({ definition }) => definition.name === 'xdp_otlp_exports_total');
    assert.deepEqual(pushes?.samples, [
      { labels: { outcome: 'success' }, startedAtMs: 7, value: 5 },
      { labels: { outcome: 'partial' }, startedAtMs: 7, value: 2 },
      { labels: { outcome: 'failure' }, startedAtMs: 7, value: 1 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_otlp_last_success_timestamp_seconds'), [
      { labels: {}, value: 1_700_000_000.25 },
    ]);
    assert.ok(namesOf(familiesOf(snapshotOf([]))).every((name) => !name.includes('otlp')));
  });

  it('returns the same label objects from scrape to scrape', () => {
    const families = createFamilies(BUILD);
    const devices = [deviceOf('eth0'), absentDevice('eth1')];
    const parts = { traffic: [trafficOf(2, [1, 2])], packet_sizes: [packetSizesOf()] };
    const labelsOf = () =>
      deviceFamilies(families(snapshotOf([...devices], parts)))
        .filter(({ definition }) => definition.name !== 'xdp_program_info')
        .flatMap(({ samples }) => [...samples.map(({ labels }) => labels)]);
    const first = labelsOf();
    const second = labelsOf();
    assert.equal(first.length, 20);
    assert.ok(first.every((labels, index) => labels === second[index]));
  });
});
