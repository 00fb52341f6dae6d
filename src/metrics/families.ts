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

/** What became of the pushes by OTLP since the exporter started. */
export interface PushState {
  readonly startedAtMs: number;
  readonly exports: Readonly<Record<'success' | 'partial' | 'failure', number>>;
  /** 0: never. */
  readonly lastSuccessAtMs: number;
}

export interface BuildInfo {
  readonly version: string;
  readonly nodeVersion: string;
}

/**
 * A function whose result depends on its arguments alone; without `push` OTLP is off. The label objects of a device's up state, traffic and
 * packet sizes are the same ones in every result until the device leaves. Families without samples are left out.
 */
export function createFamilies(
  build: BuildInfo,
): (snapshot: Snapshot, push?: PushState) => readonly Family[] {
  const labelDevices = createLabelCache();
  const buildLabels: Labels = { version: build.version, node_version: build.nodeVersion };
  return ({ devices: snapshots, cpus, collectors, logger }, push) => {
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
      ...(push === undefined ? [] : pushFamilies(push)),
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
  return devices.flatMap(({ device: { traffic, startedAtMs }, labels }) =>
    traffic === undefined
      ? []
      : labels.actions.map((each, index) => ({
          labels: each,
          startedAtMs,
          value: traffic[quantity][index] ?? 0,
        })),
  );
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
    const { startedAtMs } = device;
    const seen = seenActions(device.traffic);
    for (const [row, cpu] of cpus.entries()) {
      for (const action of seen) {
        const value = device.traffic?.[quantity][row * ACTIONS.length + action] ?? 0;
        samples.push({ labels: labels.cpuAction(cpu, action), startedAtMs, value });
      }
    }
  }
  return samples;
}

function seenActions(traffic: Traffic | undefined): readonly number[] {
  return [...ACTIONS.keys()].filter((action) => (traffic?.packets[action] ?? 0) > 0);
}

function sizeSamples(devices: readonly LabelledDevice[]): HistogramSample[] {
  return devices.flatMap(({ device: { packetSizes, startedAtMs }, labels }) =>
    packetSizes === undefined
      ? []
      : [{ labels: labels.device, startedAtMs, ...sizeBuckets(packetSizes) }],
  );
}

function sizeBuckets({ packets, bytes }: PacketSizes): Omit<HistogramSample, 'labels'> {
  const counts = foldSizeSlots(packets);
  return { boundaries: SIZE_BOUNDARIES, counts, count: sum(counts), sum: bytes };
}

function pushFamilies({ exports, lastSuccessAtMs, startedAtMs }: PushState): readonly Family[] {
  return [
    family(
      METRICS.otlpExports,
      Object.entries(exports).map(([outcome, value]) => ({
        labels: { outcome },
        startedAtMs,
        value,
      })),
    ),
    family(METRICS.otlpLastSuccess, [{ labels: {}, value: lastSuccessAtMs / 1000 }]),
  ];
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
