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
import type { Family } from '../../metrics/family.ts';
import type { Labels } from '../../metrics/labels.ts';

type Attributes = DataPoint<number>['attributes'];
type Times = Pick<DataPoint<number>, 'startTime' | 'endTime'>;
type TimesOf = (startedAtMs: number | undefined) => Times;

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
  if (family.type === 'histogram') {
    const dataPoints = family.samples.map(
      ({ labels, startedAtMs, boundaries, counts, count, sum }) => ({
        ...timesOf(startedAtMs),
        attributes: attributesOf(labels),
        value: { buckets: { boundaries: [...boundaries], counts: [...counts] }, count, sum },
      }),
    );
    return { ...common, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const isGauge = family.type === 'gauge';
  const dataPoints = family.samples.map(({ labels, startedAtMs, value }) => {
    const { startTime, endTime } = timesOf(isGauge ? undefined : startedAtMs);
    return { startTime, endTime, attributes: attributesOf(labels), value };
  });
  return isGauge
    ? { ...common, dataPointType: DataPointType.GAUGE, dataPoints }
    : { ...common, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints };
}

/** Thousands of points share a few times. No start lies after the reading, even where the clock was set back since. */
function createTimes(takenAtMs: number): TimesOf {
  const cache = new Map<number | undefined, Times>();
  const endTime = toTime(takenAtMs);
  return (startedAtMs) => {
    let times = cache.get(startedAtMs);
    if (times === undefined) {
      // 0 is how OTLP says that a start makes no sense.
      times = { startTime: toTime(Math.min(startedAtMs ?? 0, takenAtMs)), endTime };
      cache.set(startedAtMs, times);
    }
    return times;
  };
}

function toTime(milliseconds: number): Times['startTime'] {
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
