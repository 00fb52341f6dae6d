// SPDX-License-Identifier: Apache-2.0
// The families of the logger: where packets went, what they were, who sent them, how the rings stand.
import { FAMILIES, type LoggerState, MALFORMED_REASONS, PROTOCOLS } from '../snapshot/logger.ts';
import { METRICS } from './catalogue.ts';
import { type Family, family, type ScalarSample } from './family.ts';
import type { LabelledDevice, Labels } from './labels.ts';

/** Everything but the state of the rings is by device, and absent for devices that were never logged. */
export function loggerFamilies(
  devices: readonly LabelledDevice[],
  logger: LoggerState | undefined,
): readonly Family[] {
  return [
    family(METRICS.sourcePackets, sourceSamples(devices, 'packets')),
    family(METRICS.sourceBytes, sourceSamples(devices, 'bytes')),
    family(METRICS.sourcesTracked, tableSamples(devices, 'tracked')),
    family(METRICS.sourcesEvicted, tableSamples(devices, 'evicted')),
    family(METRICS.loggerPackets, outcomeSamples(devices)),
    family(METRICS.loggerPending, pendingSamples(devices)),
    family(METRICS.protocolPackets, protocolSamples(devices, 'packets')),
    family(METRICS.protocolBytes, protocolSamples(devices, 'bytes')),
    family(METRICS.malformedPackets, malformedSamples(devices)),
    ...(logger === undefined ? [] : ringFamilies(logger)),
  ];
}

function ringFamilies({ sampleInterval, rings }: LoggerState): readonly Family[] {
  const labelsOf = (cpu: number): Labels => ({ cpu: String(cpu) });
  return [
    family(METRICS.sampleInterval, [{ labels: {}, value: sampleInterval }]),
    family(
      METRICS.ringSize,
      rings.map(({ cpu, sizeBytes }) => ({ labels: labelsOf(cpu), value: sizeBytes })),
    ),
    family(
      METRICS.ringFill,
      rings.map(({ cpu, fillRatioMax }) => ({ labels: labelsOf(cpu), value: fillRatioMax })),
    ),
  ];
}

function sourceSamples(
  devices: readonly LabelledDevice[],
  quantity: 'packets' | 'bytes',
): ScalarSample[] {
  return devices.flatMap(({ device: { name, sources, startedAtMs } }) =>
    sources === undefined
      ? []
      : [...sources.sources, { address: 'other', startedAtMs, ...sources.other }].map((source) => ({
          labels: { device: name, source_address: source.address },
          startedAtMs: source.startedAtMs,
          value: source[quantity],
        })),
  );
}

function tableSamples(
  devices: readonly LabelledDevice[],
  quantity: 'tracked' | 'evicted',
): ScalarSample[] {
  return devices.flatMap(({ device: { sources, startedAtMs }, labels }) =>
    sources === undefined ? [] : [{ labels: labels.device, startedAtMs, value: sources[quantity] }],
  );
}

const OUTCOMES = {
  decoded: 'decoded',
  sampled_out: 'sampledOut',
  ring_full: 'ringFull',
  no_ring: 'noRing',
} as const;

function outcomeSamples(devices: readonly LabelledDevice[]): ScalarSample[] {
  return devices.flatMap(({ device: { name, log, startedAtMs } }) =>
    log === undefined
      ? []
      : Object.entries(OUTCOMES).map(([outcome, field]) => ({
          labels: { device: name, outcome },
          startedAtMs,
          value: log[field],
        })),
  );
}

function pendingSamples(devices: readonly LabelledDevice[]): ScalarSample[] {
  return devices.flatMap(({ device: { log }, labels }) =>
    log === undefined ? [] : [{ labels: labels.device, value: log.pending }],
  );
}

/** Every protocol of IPv4 and IPv6; of what is neither, no protocol is known. */
const CLASSES = FAMILIES.flatMap((family, familyIndex) =>
  PROTOCOLS.filter((protocol) => family !== 'other' || protocol === 'other').map((protocol) => ({
    family,
    protocol,
    index: familyIndex * PROTOCOLS.length + PROTOCOLS.indexOf(protocol),
  })),
);

function protocolSamples(
  devices: readonly LabelledDevice[],
  quantity: 'packets' | 'bytes',
): ScalarSample[] {
  return devices.flatMap(({ device: { name, log, startedAtMs } }) =>
    log === undefined
      ? []
      : CLASSES.map(({ family, protocol, index }) => ({
          labels: { device: name, family, protocol },
          startedAtMs,
          value: log[quantity][index] ?? 0,
        })),
  );
}

function malformedSamples(devices: readonly LabelledDevice[]): ScalarSample[] {
  return devices.flatMap(({ device: { name, log, startedAtMs } }) =>
    log === undefined
      ? []
      : MALFORMED_REASONS.slice(1).map((reason, index) => ({
          labels: { device: name, reason },
          startedAtMs,
          value: log.malformed[index + 1] ?? 0,
        })),
  );
}
