// SPDX-License-Identifier: Apache-2.0
// The largest bursts of each device in the last minute: what no rate over a scrape interval shows.
import { sumOverCpus } from '../../kernel/per-cpu-values.ts';
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family, type ScalarSample } from '../../metrics/family.ts';
import { perDevice } from '../../metrics/labels.ts';
import { PEAK_WINDOWS, type PeaksPart } from '../../snapshot/peaks.ts';
import type { Counts } from '../../snapshot/top-list.ts';
import type { Collector, FamilyContext, Reading } from '../collector.ts';
import { deviceSamples } from '../device-samples.ts';
import { deviceValues, wordOf } from '../device-values.ts';

const SINCE = 'in the last minute. Absent while frames are sampled, and for a minute after that.';

const WINDOWS = {
  '10ms': 'Any 10 milliseconds.',
  '1s': 'Any second.',
} as const;

const METRICS = {
  peakPackets: {
    name: 'xdp_peak_packets',
    otelName: 'xdp.peak.packets',
    unit: '{packet}',
    type: 'gauge',
    help: `The largest number of frames in any window of this length ${SINCE}`,
    labels: ['device', 'window'],
    values: { window: WINDOWS },
  },
  peakBytes: {
    name: 'xdp_peak_bytes',
    otelName: 'xdp.peak.bytes',
    unit: 'By',
    type: 'gauge',
    help: `The largest number of bytes in any window of this length ${SINCE}`,
    labels: ['device', 'window'],
    values: { window: WINDOWS },
  },
} as const satisfies Record<string, MetricDefinition>;

const SAMPLED_OUT = wordOf('sampled_out');

function read(reading: Reading): PeaksPart | undefined {
  const { recorder } = reading;
  if (recorder?.peaks === undefined) {
    return undefined;
  }
  const values = reading.values();
  return deviceValues(reading, values, (start, slot) =>
    recorder.peaks?.(slot, sumOverCpus(values, start + SAMPLED_OUT)),
  );
}

const windowLabels = perDevice((device) => PEAK_WINDOWS.map((window) => ({ ...device, window })));

function families(part: PeaksPart, context: FamilyContext): readonly Family[] {
  return [
    family(METRICS.peakPackets, peakSamples(part, context, 'packets')),
    family(METRICS.peakBytes, peakSamples(part, context, 'bytes')),
  ];
}

function peakSamples(
  part: PeaksPart,
  context: FamilyContext,
  quantity: keyof Counts,
): readonly ScalarSample[] {
  return deviceSamples(part, context, (samples, peaks, { labels: ofDevice }) => {
    const labels = windowLabels(ofDevice);
    for (const [index, window] of PEAK_WINDOWS.entries()) {
      const ofWindow = labels[index];
      if (ofWindow !== undefined) {
        samples.push({ labels: ofWindow, value: peaks[window][quantity] });
      }
    }
  });
}

export const peaks = {
  name: 'peaks',
  metrics: METRICS,
  read,
  families,
} as const satisfies Collector<'peaks', PeaksPart>;
