// SPDX-License-Identifier: Apache-2.0
// The metrics of the logger's loss budget and of its rings.
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family, type ScalarSample } from '../../metrics/family.ts';
import { type Labels, perDevice } from '../../metrics/labels.ts';
import {
  CORRUPTION_KINDS,
  type RecorderState,
  type RingState,
  type TapState,
} from '../../recorder/state.ts';
import type { FamilyContext } from '../collector.ts';
import { deviceSamples } from '../device-samples.ts';
import type { LoggerPart } from './read.ts';

export const LOGGER_METRICS = {
  loggerPackets: {
    name: 'xdp_logger_packets_total',
    otelName: 'xdp.logger.packets',
    unit: '{packet}',
    type: 'counter',
    help: 'Frames by the outcome of their record: decoded, sampled_out, ring_full, no_ring or no_entry. Together with xdp_logger_pending_packets they add up to xdp_packets_total.',
    labels: ['device', 'outcome'],
    values: {
      outcome: {
        decoded: 'The exporter read the record.',
        sampled_out: 'Sampling skipped the frame.',
        ring_full: 'The record was lost because the ring was full: the reader was too slow.',
        no_ring: 'The record was lost because the CPU had no ring.',
        no_entry:
          'There is no record because the exporter missed the entry of the frame into the observed program.',
      },
    },
  },
  loggerPending: {
    name: 'xdp_logger_pending_packets',
    otelName: 'xdp.logger.pending.packets',
    unit: '{packet}',
    type: 'gauge',
    help: 'Frames whose record has not been read yet.',
    labels: ['device'],
  },
  sampleInterval: {
    name: 'xdp_logger_sample_interval',
    otelName: 'xdp.logger.sample.interval',
    unit: '{packet}',
    type: 'gauge',
    help: 'The sampling interval N: one frame in N is recorded, at random. 1 means that every frame is recorded.',
    labels: [],
  },
  corruptions: {
    name: 'xdp_logger_corruptions_total',
    otelName: 'xdp.logger.corruptions',
    unit: '{corruption}',
    type: 'counter',
    help: 'Invalid data in the memory that the exporter shares with its BPF programs, by kind: record, position or interval. The programs cannot have written it, so another process did.',
    labels: ['kind'],
    values: {
      kind: {
        record: 'A damaged record. The exporter skips it.',
        position: 'An impossible position in a ring. The exporter continues at the newest record.',
        interval: 'A sampling interval that the exporter did not set. The exporter corrects it.',
      },
    },
  },
  readers: {
    name: 'xdp_logger_readers',
    otelName: 'xdp.logger.readers',
    unit: '{reader}',
    type: 'gauge',
    help: 'Readers of packets currently connected to the control socket.',
    labels: [],
  },
  readerRecords: {
    name: 'xdp_logger_reader_records_total',
    otelName: 'xdp.logger.reader.records',
    unit: '{record}',
    type: 'counter',
    help: 'Records for the readers of packets at the control socket, by outcome: handed_over or missed. Missed records do not affect any counter.',
    labels: ['outcome'],
    values: {
      outcome: {
        handed_over: 'The reader got the record.',
        missed: 'The reader was too slow, or the exporter was too busy.',
      },
    },
  },
  ringSize: {
    name: 'xdp_ring_size_bytes',
    otelName: 'xdp.ring.size',
    unit: 'By',
    type: 'gauge',
    help: 'Size in bytes of the ring that carries the records of a CPU.',
    labels: ['cpu'],
  },
  ringFill: {
    name: 'xdp_ring_fill_ratio_max',
    otelName: 'xdp.ring.fill_ratio.max',
    unit: '',
    type: 'gauge',
    fractional: true,
    help: 'Maximum fill level of the ring in the last minute, from 0 to 1.',
    labels: ['cpu'],
  },
} as const satisfies Record<string, MetricDefinition>;

export function loggerFamilies(
  { devices, state, readers }: LoggerPart,
  context: FamilyContext,
): readonly Family[] {
  const { sampleInterval } = state;
  return [
    family(LOGGER_METRICS.loggerPackets, outcomeSamples(devices, context)),
    family(LOGGER_METRICS.loggerPending, pendingSamples(devices, context)),
    family(LOGGER_METRICS.sampleInterval, [{ labels: NO_LABELS, value: sampleInterval }]),
    family(LOGGER_METRICS.corruptions, corruptionSamples(state, context)),
    family(LOGGER_METRICS.readers, [{ labels: NO_LABELS, value: readers.open }]),
    family(LOGGER_METRICS.readerRecords, readerSamples(readers, context)),
    family(LOGGER_METRICS.ringSize, ringSamples(state, 'sizeBytes')),
    family(LOGGER_METRICS.ringFill, ringSamples(state, 'fillRatioMax')),
  ];
}

const NO_LABELS: Labels = {};

const OUTCOMES = [
  ['decoded', 'decoded'],
  ['sampled_out', 'sampledOut'],
  ['ring_full', 'ringFull'],
  ['no_ring', 'noRing'],
  ['no_entry', 'noEntry'],
] as const;

const outcomeLabels = perDevice((device) =>
  OUTCOMES.map(([outcome, field]) => ({ labels: { ...device, outcome }, field })),
);

function outcomeSamples(
  devices: LoggerPart['devices'],
  context: FamilyContext,
): readonly ScalarSample[] {
  return deviceSamples(devices, context, (samples, outcomes, { device, labels: ofDevice }) => {
    for (const { labels, field } of outcomeLabels(ofDevice)) {
      if (field === 'noEntry' && device.observed === undefined) {
        continue;
      }
      samples.push({ labels, startedAtMs: device.startedAtMs, value: outcomes[field] });
    }
  });
}

function pendingSamples(
  devices: LoggerPart['devices'],
  context: FamilyContext,
): readonly ScalarSample[] {
  return deviceSamples(devices, context, (samples, { pending }, { labels }) => {
    samples.push({ labels, value: pending });
  });
}

const CORRUPTION_LABELS = CORRUPTION_KINDS.map((kind) => ({ kind }));

function corruptionSamples(
  { corruptions }: RecorderState,
  { startedAtMs }: FamilyContext,
): readonly ScalarSample[] {
  return CORRUPTION_LABELS.map((labels) => ({
    labels,
    startedAtMs,
    value: corruptions[labels.kind],
  }));
}

const HANDED_OVER: Labels = { outcome: 'handed_over' };
const MISSED: Labels = { outcome: 'missed' };

function readerSamples(
  { rows, missed }: TapState,
  { startedAtMs }: FamilyContext,
): readonly ScalarSample[] {
  return [
    { labels: HANDED_OVER, startedAtMs, value: rows },
    { labels: MISSED, startedAtMs, value: missed },
  ];
}

function ringSamples(
  { rings }: RecorderState,
  quantity: Exclude<keyof RingState, 'cpu'>,
): readonly ScalarSample[] {
  return rings.map((ring) => ({ labels: { cpu: String(ring.cpu) }, value: ring[quantity] }));
}
