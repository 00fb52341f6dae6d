// SPDX-License-Identifier: Apache-2.0
// Snapshot -> metric families, the one form that every exporter reads.
import {
  ACTIONS,
  type CollectorReport,
  type PacketSizes,
  type Snapshot,
  type Traffic,
} from '../snapshot/snapshot.ts';
import { METRICS } from './catalogue.ts';
import { type Family, family, type HistogramSample, type ScalarSample } from './family.ts';
import { createLabelCache, type LabelledDevice, type Labels } from './labels.ts';
import { loggerFamilies } from './logger-families.ts';
import { foldSizeSlots, SIZE_BOUNDARIES, sum } from './packet-sizes.ts';

export interface BuildInfo {
  readonly version: string;
  readonly nodeVersion: string;
}

/**
 * A function whose result depends on the snapshot alone. The label objects of a device's up state, traffic and
 * packet sizes are the same ones in every result until the device leaves. Families without samples are left out.
 */
export function createFamilies(build: BuildInfo): (snapshot: Snapshot) => readonly Family[] {
  const labelDevices = createLabelCache();
  const buildLabels: Labels = { version: build.version, node_version: build.nodeVersion };
  return ({ devices: snapshots, cpus, collectors, logger }) => {
    const devices = labelDevices(snapshots);
    const families: readonly Family[] = [
      family(METRICS.deviceUp, upSamples(devices)),
      family(METRICS.programInfo, programSamples(devices)),
      family(METRICS.packets, actionSamples(devices, 'packets')),
      family(METRICS.bytes, actionSamples(devices, 'bytes')),
      family(METRICS.cpuPackets, cpuSamples(devices, cpus, 'cpuPackets')),
      family(METRICS.cpuBytes, cpuSamples(devices, cpus, 'cpuBytes')),
      family(METRICS.packetSize, sizeSamples(devices)),
      ...loggerFamilies(devices, logger),
      family(METRICS.buildInfo, [{ labels: buildLabels, value: 1 }]),
      family(METRICS.collectorDuration, collectorSamples(collectors, 'durationSeconds')),
      family(METRICS.collectorSuccess, collectorSamples(collectors, 'success')),
    ];
    return families.filter(({ samples }) => samples.length > 0);
  };
}

function upSamples(devices: readonly LabelledDevice[]): ScalarSample[] {
  return devices.map(({ device, labels }) => ({ labels: labels.device, value: Number(device.up) }));
}

function programSamples(devices: readonly LabelledDevice[]): ScalarSample[] {
  return devices.flatMap(({ device: { name, program } }) => {
    if (program === undefined) {
      return [];
    }
    const { id, tag, mode } = program;
    return [
      { labels: { device: name, program: program.name, id: String(id), tag, mode }, value: 1 },
    ];
  });
}

function actionSamples(
  devices: readonly LabelledDevice[],
  quantity: 'packets' | 'bytes',
): ScalarSample[] {
  return devices.flatMap(({ device: { traffic }, labels }) =>
    traffic === undefined ? [] : zip(labels.actions, traffic[quantity]),
  );
}

function zip(labels: readonly Labels[], values: Float64Array): ScalarSample[] {
  return labels.map((each, index) => ({ labels: each, value: values[index] ?? 0 }));
}

/**
 * Rows for actions that the device has seen, by its totals: six rows a CPU would be zero for ever but one.
 * Loops, since flatMap over the thousands of series of a large machine takes six times as long.
 */
function cpuSamples(
  devices: readonly LabelledDevice[],
  cpus: readonly number[],
  quantity: 'cpuPackets' | 'cpuBytes',
): ScalarSample[] {
  const samples: ScalarSample[] = [];
  for (const { device, labels } of devices) {
    const seen = seenActions(device.traffic);
    for (const [row, cpu] of cpus.entries()) {
      for (const action of seen) {
        const value = device.traffic?.[quantity][row * ACTIONS.length + action] ?? 0;
        samples.push({ labels: labels.cpuAction(cpu, action), value });
      }
    }
  }
  return samples;
}

function seenActions(traffic: Traffic | undefined): readonly number[] {
  return [...ACTIONS.keys()].filter((action) => (traffic?.packets[action] ?? 0) > 0);
}

function sizeSamples(devices: readonly LabelledDevice[]): HistogramSample[] {
  return devices.flatMap(({ device: { packetSizes }, labels }) =>
    packetSizes === undefined ? [] : [sizeSample(labels.device, packetSizes)],
  );
}

function sizeSample(labels: Labels, { packets, bytes }: PacketSizes): HistogramSample {
  const counts = foldSizeSlots(packets);
  return { labels, boundaries: SIZE_BOUNDARIES, counts, count: sum(counts), sum: bytes };
}

function collectorSamples(
  collectors: readonly CollectorReport[],
  quantity: 'durationSeconds' | 'success',
): ScalarSample[] {
  return collectors.map((report) => ({
    labels: { collector: report.name },
    value: Number(report[quantity]),
  }));
}
