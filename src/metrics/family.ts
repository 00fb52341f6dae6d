// SPDX-License-Identifier: Apache-2.0
// A metric with the values of one snapshot: what the exporters translate.
import type { MetricDefinition } from './catalogue.ts';
import type { Labels } from './labels.ts';

interface Sample {
  readonly labels: Labels;
  /** Since when it counts, ms of the wall clock; meaningless for gauges. */
  readonly startedAtMs?: number | undefined;
}

/** Of a counter or a gauge. */
export interface ScalarSample extends Sample {
  readonly value: number;
}

export interface HistogramSample extends Sample {
  /** Inclusive upper bounds, ascending, without infinity. */
  readonly boundaries: readonly number[];
  /** Not cumulative: one per boundary, then one for everything above the last. */
  readonly counts: readonly number[];
  readonly count: number;
  /** In the unit of the definition. */
  readonly sum: number;
}

/** Samples are `HistogramSample` exactly where the definition's type is "histogram". */
export interface Family {
  readonly definition: MetricDefinition;
  readonly samples: readonly (ScalarSample | HistogramSample)[];
}

export function family(definition: MetricDefinition, samples: Family['samples']): Family {
  return { definition, samples };
}
