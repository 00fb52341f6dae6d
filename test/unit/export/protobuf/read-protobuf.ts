// SPDX-License-Identifier: Apache-2.0
// Reads the protobuf exposition back by its definition alone, and with another's decoder: nothing of src is used.
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import type { Sample } from '../../../e2e/support/exposition.ts';

const PROTO = new URL('../../../../../test/unit/export/protobuf/metrics.proto', import.meta.url);
const MetricFamily = protobuf
  .parse(readFileSync(PROTO, 'utf8'), { keepCase: true })
  .root.lookupType('io.prometheus.client.MetricFamily');

interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

export interface DecodedHistogram {
  readonly sample_count: number;
  readonly sample_sum: number;
  readonly bucket: readonly { readonly cumulative_count: number; readonly upper_bound: number }[];
  readonly schema?: number;
  readonly zero_threshold?: number;
  readonly zero_count?: number;
  readonly positive_span?: readonly { readonly offset: number; readonly length: number }[];
  readonly positive_delta?: readonly number[];
  readonly created_timestamp?: Timestamp;
}

export interface DecodedFamily {
  readonly name: string;
  readonly help: string;
  readonly type: 'COUNTER' | 'GAUGE' | 'HISTOGRAM';
  readonly unit?: string;
  readonly metric?: readonly {
    readonly label?: readonly { readonly name: string; readonly value: string }[];
    readonly counter?: { readonly value: number; readonly created_timestamp?: Timestamp };
    readonly gauge?: { readonly value: number };
    readonly histogram?: DecodedHistogram;
  }[];
}

/** Throws where the bytes are no such messages, or hold a field that the definition lacks. */
export function readProtobuf(body: Uint8Array): DecodedFamily[] {
  const reader = protobuf.Reader.create(body);
  const families: DecodedFamily[] = [];
  while (reader.pos < reader.len) {
    const message = MetricFamily.decodeDelimited(reader);
    const families64 = { enums: String, longs: Number } as const;
    families.push(MetricFamily.toObject(message, families64) as DecodedFamily);
  }
  return families;
}

/** The classic samples, as the text formats have them. */
export function classicSamples({ name, metric = [] }: DecodedFamily): Sample[] {
  return metric.flatMap(({ label = [], counter, gauge, histogram }): Sample[] => {
    const labels = Object.fromEntries(label.map((pair) => [pair.name, pair.value]));
    const scalar = counter ?? gauge;
    if (scalar !== undefined) {
      return [{ name, labels, value: scalar.value }];
    }
    if (histogram === undefined) {
      throw new Error(`a metric of ${name} has no value`);
    }
    return [
      ...histogram.bucket.map(({ cumulative_count: value, upper_bound: bound }) => ({
        name: `${name}_bucket`,
        labels: { ...labels, le: bound === Number.POSITIVE_INFINITY ? '+Inf' : String(bound) },
        value,
      })),
      { name: `${name}_sum`, labels, value: histogram.sample_sum },
      { name: `${name}_count`, labels, value: histogram.sample_count },
    ];
  });
}

/** Observations of a native histogram, by the index of their bucket. */
export function nativeBuckets({
  positive_span: spans = [],
  positive_delta: deltas = [],
}: DecodedHistogram): Record<number, number> {
  const buckets: Record<number, number> = {};
  let [index, count, at] = [0, 0, 0];
  for (const { offset, length } of spans) {
    index += offset;
    for (let held = 0; held < length; held++) {
      count += deltas[at++] ?? Number.NaN;
      buckets[index++] = count;
    }
  }
  if (at !== deltas.length) {
    throw new Error(`${deltas.length} deltas for ${at} buckets`);
  }
  return buckets;
}
