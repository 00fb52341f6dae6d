// SPDX-License-Identifier: Apache-2.0
// Families -> metrics as OpenTelemetry's SDK holds them. Pure: all state is in the snapshot.
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
} from '@opentelemetry/sdk-metrics';
import { api } from '@opentelemetry/sdk-node';
import { INTEGER_LABELS, LABEL_ATTRIBUTES, type LabelName } from '../../metrics/definition.ts';
import type { Family, HistogramSample, ScalarSample } from '../../metrics/family.ts';
import type { Labels } from '../../metrics/labels.ts';

type Attributes = DataPoint<number>['attributes'];
type Time = DataPoint<number>['startTime'];
type Histogram = Extract<
  MetricData,
  { dataPointType: DataPointType.HISTOGRAM }
>['dataPoints'][0]['value'];

/** How OTLP says that a time is not known, or makes no sense, as a gauge's start. */
const NO_TIME: Time = [0, 0];

/** @param takenAtMs when the values were read, ms of the wall clock */
export function toMetricData(families: readonly Family[], takenAtMs: number): MetricData[] {
  const timesOf = createTimes(takenAtMs);
  return families
    .filter(({ samples }) => samples.length > 0)
    .map((family) => toMetric(family, timesOf));
}

function toMetric(family: Family, timesOf: TimesOf): MetricData {
  const { otelName: name, help: description, unit, fractional } = family.definition;
  const valueType = fractional === true ? api.ValueType.DOUBLE : api.ValueType.INT;
  const common = {
    descriptor: { name, description, unit, valueType },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  switch (family.type) {
    case 'histogram': {
      const dataPoints = family.samples.map((sample) => toHistogramPoint(sample, timesOf));
      return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
    case 'counter': {
      const dataPoints = family.samples.map((sample) =>
        toPoint(sample, timesOf(sample.startedAtMs)),
      );
      return { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
    }
    case 'gauge': {
      const times = timesOf(undefined);
      const dataPoints = family.samples.map((sample) => toPoint(sample, times));
      return { ...common, dataPointType: DataPointType.GAUGE, dataPoints };
    }
  }
}

function toPoint(
  { labels, value }: ScalarSample,
  { startTime, endTime }: Times,
): DataPoint<number> {
  return { startTime, endTime, attributes: attributesOf(labels), value };
}

function toHistogramPoint(
  { labels, startedAtMs, boundaries, counts, count, sum }: HistogramSample,
  timesOf: TimesOf,
): DataPoint<Histogram> {
  return {
    ...timesOf(startedAtMs),
    attributes: attributesOf(labels),
    value: { buckets: { boundaries: [...boundaries], counts: [...counts] }, count, sum },
  };
}

interface Times {
  readonly startTime: Time;
  readonly endTime: Time;
}

type TimesOf = (startedAtMs: number | undefined) => Times;

/** Thousands of points share a few times. No start lies after the reading, even where the clock was set back since. */
function createTimes(takenAtMs: number): TimesOf {
  const cache = new Map<number | undefined, Times>();
  const endTime = toTime(takenAtMs);
  return (startedAtMs) => {
    let times = cache.get(startedAtMs);
    if (times === undefined) {
      times = {
        startTime: startedAtMs === undefined ? NO_TIME : toTime(Math.min(startedAtMs, takenAtMs)),
        endTime,
      };
      cache.set(startedAtMs, times);
    }
    return times;
  };
}

function toTime(milliseconds: number): Time {
  const seconds = Math.floor(milliseconds / 1000);
  return [seconds, Math.round((milliseconds - seconds * 1000) * 1e6)];
}

/** Families give the same label objects from push to push, so each is translated once. */
const attributesCache = new WeakMap<Labels, Attributes>();

function attributesOf(labels: Labels): Attributes {
  let attributes = attributesCache.get(labels);
  if (attributes === undefined) {
    attributes = Object.fromEntries(
      (Object.entries(labels) as [LabelName, string][]).map(([label, value]) => [
        LABEL_ATTRIBUTES[label],
        INTEGER_LABELS.has(label) ? Number(value) : value,
      ]),
    );
    attributesCache.set(labels, attributes);
  }
  return attributes;
}
