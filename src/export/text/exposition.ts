// SPDX-License-Identifier: Apache-2.0
// Families -> the text format 0.0.4 (prometheus/docs, exposition_formats.md) or OpenMetrics 1.0.
import {
  type ExposedFamily,
  type ExposedHistogram,
  type ExposedLabels,
  type ExposedScalar,
  nameWithoutTotal,
  unitOf,
} from '../family.ts';
import { encode, KeptSeries } from '../kept-series.ts';
import { ByteWriter } from './byte-writer.ts';
import { escapeHelp, escapeQuoted, formatSeries } from './line-starts.ts';
import { formatBound, formatNumber } from './number.ts';

/** "text" is Prometheus's own, version 0.0.4; every client reads it. */
export type TextFormat = 'text' | 'openmetrics';

/** Of one sample of a histogram. */
interface HistogramStarts {
  readonly buckets: readonly Uint8Array[];
  readonly sum: Uint8Array;
  readonly count: Uint8Array;
}

/** By the names of the families that have them. */
interface Starts {
  readonly scalars: Map<string, KeptSeries<ExposedScalar, Uint8Array>>;
  readonly histograms: Map<string, KeptSeries<ExposedHistogram, HistogramStarts>>;
}

/** Room for what was not expected: digits that a counter has gained, a device that came. */
const SLACK_BYTES = 16_384;

/**
 * A function whose result depends on the families alone; that the last ones were much the same makes it fast. Each
 * result has memory of its own, since a slow client may still be reading the one before.
 */
export function createExpositionWriter(
  format: TextFormat,
): (families: readonly ExposedFamily[]) => Buffer {
  let expectedBytes = 0;
  let last: Starts = { scalars: new Map(), histograms: new Map() };
  return (families) => {
    const writer = new ByteWriter(expectedBytes + SLACK_BYTES);
    const starts: Starts = { scalars: new Map(), histograms: new Map() };
    for (const family of families) {
      const { name } = family.definition;
      writer.text(headOf(family, format));
      if (family.type === 'histogram') {
        const known = last.histograms.get(name) ?? histogramStarts(name, format);
        starts.histograms.set(name, known);
        writeHistograms(writer, known, family.samples);
      } else {
        const known = last.scalars.get(name) ?? scalarStarts(name);
        starts.scalars.set(name, known);
        writeScalars(writer, known, family.samples);
      }
    }
    if (format === 'openmetrics') {
      writer.text('# EOF\n');
    }
    last = starts;
    const text = writer.finish();
    expectedBytes = text.length;
    return text;
  };
}

/** OpenMetrics calls a counter's family by its name without the suffix, and its unit by the end of that. */
function headOf({ definition: { name, help }, type }: ExposedFamily, format: TextFormat): string {
  if (format === 'text') {
    return `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${type}\n`;
  }
  const family = type === 'counter' ? nameWithoutTotal(name) : name;
  const unit = unitOf(family);
  const unitLine = unit === undefined ? '' : `# UNIT ${family} ${unit}\n`;
  return `# HELP ${family} ${escapeQuoted(help)}\n# TYPE ${family} ${type}\n${unitLine}`;
}

function scalarStarts(name: string): KeptSeries<ExposedScalar, Uint8Array> {
  return new KeptSeries(({ labels }) => encode(`${formatSeries(name, labels)} `));
}

function writeScalars(
  writer: ByteWriter,
  starts: KeptSeries<ExposedScalar, Uint8Array>,
  samples: readonly ExposedScalar[],
): void {
  let index = 0;
  for (const sample of samples) {
    writer.line(starts.at(index, sample), sample.value);
    index++;
  }
  starts.end(index);
}

function histogramStarts(
  name: string,
  format: TextFormat,
): KeptSeries<ExposedHistogram, HistogramStarts> {
  const spell = format === 'openmetrics' ? formatBound : formatNumber;
  const start = (suffix: string, labels: ExposedLabels) =>
    encode(`${formatSeries(`${name}_${suffix}`, labels)} `);
  return new KeptSeries(({ labels, boundaries }) => ({
    buckets: [...boundaries, Number.POSITIVE_INFINITY].map((bound) =>
      start('bucket', { ...labels, le: spell(bound) }),
    ),
    sum: start('sum', labels),
    count: start('count', labels),
  }));
}

function writeHistograms(
  writer: ByteWriter,
  starts: KeptSeries<ExposedHistogram, HistogramStarts>,
  samples: readonly ExposedHistogram[],
): void {
  for (const [index, sample] of samples.entries()) {
    const { buckets, sum, count } = starts.at(index, sample);
    let cumulative = 0;
    for (const [slot, bucket] of buckets.entries()) {
      cumulative += sample.counts[slot] ?? 0;
      writer.line(bucket, cumulative);
    }
    writer.line(sum, sample.sum);
    writer.line(count, sample.count);
  }
  starts.end(samples.length);
}
