// SPDX-License-Identifier: Apache-2.0
// Families -> messages of io.prometheus.client.MetricFamily, each with its length in front.
import {
  type ExposedFamily,
  type ExposedHistogram,
  type ExposedLabels,
  type ExposedScalar,
  nameWithoutTotal,
  unitOf,
} from '../family.ts';
import { KeptSeries } from '../kept-series.ts';
import {
  COUNTER,
  GAUGE,
  HISTOGRAM,
  LABEL_PAIR,
  METRIC,
  METRIC_FAMILY,
  METRIC_TYPES,
  TIMESTAMP,
} from './fields.ts';
import { writeHistogram } from './histogram.ts';
import { MessageWriter } from './message-writer.ts';

type ScalarType = 'counter' | 'gauge';

/** A counter or a gauge of a family, whole, as it was with the value 0. */
interface Frame {
  readonly bytes: Uint8Array;
  readonly valueAt: number;
  readonly startedAtMs: number | undefined;
}

/** By the names of the families that have them. */
interface Kept {
  readonly sizes: Map<string, number>;
  readonly scalars: Map<string, KeptSeries<ExposedScalar, { frame: Frame }>>;
  readonly labels: Map<string, KeptSeries<ExposedHistogram, Uint8Array>>;
}

/** Room for what was not expected: a device that came. */
const SLACK_BYTES = 16_384;
/** A series takes about so much: more costs a copy. */
const SERIES_BYTES = 256;
const DOUBLE_BYTES = 8;
const VALUES = { counter: COUNTER.value, gauge: GAUGE.value } as const;

/**
 * A function whose result depends on the families alone; that the last ones were much the same makes it fast. Each
 * result has memory of its own, since a slow client may still be reading the one before.
 */
export function createProtobufWriter(): (families: readonly ExposedFamily[]) => Buffer {
  let expectedBytes = 0;
  let last: Kept = { sizes: new Map(), scalars: new Map(), labels: new Map() };
  return (families) => {
    const writer = new MessageWriter(expectedBytes + SLACK_BYTES);
    const kept: Kept = { sizes: new Map(), scalars: new Map(), labels: new Map() };
    for (const family of families) {
      const { name } = family.definition;
      const size = writer.delimited(() => {
        writeHead(writer, family);
        if (family.type === 'histogram') {
          writeHistograms(writer, name, family.samples, last, kept);
        } else {
          writeScalars(writer, name, family.type, family.samples, last, kept);
        }
      }, last.sizes.get(name));
      kept.sizes.set(name, size);
    }
    last = kept;
    const body = writer.finish();
    expectedBytes = body.length;
    return body;
  };
}

function writeHead(writer: MessageWriter, { definition: { name, help }, type }: ExposedFamily) {
  const unit = unitOf(type === 'counter' ? nameWithoutTotal(name) : name);
  writer.string(METRIC_FAMILY.name, name);
  writer.string(METRIC_FAMILY.help, help);
  writer.unsigned(METRIC_FAMILY.type, METRIC_TYPES[type]);
  if (unit !== undefined) {
    writer.string(METRIC_FAMILY.unit, unit);
  }
}

function writeScalars(
  writer: MessageWriter,
  name: string,
  type: ScalarType,
  samples: readonly ExposedScalar[],
  last: Kept,
  kept: Kept,
): void {
  const series =
    last.scalars.get(name) ?? new KeptSeries((sample) => ({ frame: makeFrame(type, sample) }));
  kept.scalars.set(name, series);
  let index = 0;
  for (const sample of samples) {
    const place = series.at(index++, sample);
    if (place.frame.startedAtMs !== sample.startedAtMs) {
      place.frame = makeFrame(type, sample);
    }
    writer.rawWithDouble(place.frame.bytes, place.frame.valueAt, sample.value);
  }
  series.end(index);
}

function makeFrame(type: ScalarType, { labels, startedAtMs }: ExposedScalar): Frame {
  const after = made((writer) => {
    if (type === 'counter') {
      writeTimestamp(writer, COUNTER.createdTimestamp, startedAtMs);
    }
  });
  const bytes = made((writer) =>
    writer.message(METRIC_FAMILY.metric, () => {
      writeLabels(writer, labels);
      writer.message(METRIC[type], () => {
        writer.double(VALUES[type], 0);
        writer.raw(after);
      });
    }),
  );
  return { bytes, valueAt: bytes.length - after.length - DOUBLE_BYTES, startedAtMs };
}

function writeHistograms(
  writer: MessageWriter,
  name: string,
  samples: readonly ExposedHistogram[],
  last: Kept,
  kept: Kept,
): void {
  const labelsOf =
    last.labels.get(name) ??
    new KeptSeries(({ labels }) => made((part) => writeLabels(part, labels)));
  kept.labels.set(name, labelsOf);
  for (const [index, sample] of samples.entries()) {
    writer.message(METRIC_FAMILY.metric, () => {
      writer.raw(labelsOf.at(index, sample));
      writer.message(METRIC.histogram, () => {
        writeHistogram(writer, sample);
        writeTimestamp(writer, HISTOGRAM.createdTimestamp, sample.startedAtMs);
      });
    });
  }
  labelsOf.end(samples.length);
}

function writeLabels(writer: MessageWriter, labels: ExposedLabels): void {
  for (const [name, value] of Object.entries(labels)) {
    if (value !== undefined) {
      writer.message(METRIC.label, () => {
        writer.string(LABEL_PAIR.name, name);
        writer.string(LABEL_PAIR.value, value);
      });
    }
  }
}

/** @param atMs of the wall clock; absent where nobody knows since when a series counts */
function writeTimestamp(writer: MessageWriter, field: number, atMs: number | undefined): void {
  if (atMs === undefined) {
    return;
  }
  const seconds = Math.floor(atMs / 1000);
  writer.message(field, () => {
    writer.unsigned(TIMESTAMP.seconds, Math.max(0, seconds));
    writer.unsigned(TIMESTAMP.nanos, Math.floor(1e6 * (atMs - 1000 * seconds)));
  });
}

/** What is written, in memory of its own. */
function made(write: (writer: MessageWriter) => void): Uint8Array {
  const writer = new MessageWriter(SERIES_BYTES);
  write(writer);
  return new Uint8Array(writer.finish());
}
