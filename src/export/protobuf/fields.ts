// SPDX-License-Identifier: Apache-2.0
// Numbers of the fields that are written, by the messages of io/prometheus/client/metrics.proto in prometheus/client_model.

export const METRIC_FAMILY = { name: 1, help: 2, type: 3, metric: 4, unit: 5 } as const;
export const METRIC_TYPES = { counter: 0, gauge: 1, histogram: 4 } as const;
export const METRIC = { label: 1, gauge: 2, counter: 3, histogram: 7 } as const;
export const LABEL_PAIR = { name: 1, value: 2 } as const;
export const COUNTER = { value: 1, createdTimestamp: 3 } as const;
export const GAUGE = { value: 1 } as const;
export const HISTOGRAM = {
  sampleCount: 1,
  sampleSum: 2,
  bucket: 3,
  schema: 5,
  zeroThreshold: 6,
  zeroCount: 7,
  positiveSpan: 12,
  positiveDelta: 13,
  createdTimestamp: 15,
} as const;
export const BUCKET = { cumulativeCount: 1, upperBound: 2 } as const;
export const BUCKET_SPAN = { offset: 1, length: 2 } as const;
/** google.protobuf.Timestamp. */
export const TIMESTAMP = { seconds: 1, nanos: 2 } as const;
