// SPDX-License-Identifier: Apache-2.0
// A metric with the values of one snapshot: what the exporters translate.
import type { HistogramDefinition, ScalarDefinition } from './definition.ts';
import type { Labels } from './labels.ts';

interface Sample {
  /** The same object from scrape to scrape where that is possible: exporters format each object once. */
  readonly labels: Labels;
  /** Since when it counts, ms of the wall clock; meaningless for gauges. */
  readonly startedAtMs?: number | undefined;
}

/** Of a counter or a gauge. */
export interface ScalarSample extends Sample {
  readonly value: number;
}

export interface HistogramSample extends Sample {
  /** Inclusive upper bounds, ascending, without infinity. Always the same ones for the same label object. */
  readonly boundaries: readonly number[];
  /** Not cumulative: one per boundary, then one for everything above the last. */
  readonly counts: readonly number[];
  /** The same observations more finely, where they are known so: element i counts those in (2^(i-1), 2^i]. */
  readonly powersOfTwo?: ArrayLike<number>;
  readonly count: number;
  /** In the unit of the definition. */
  readonly sum: number;
}

interface ScalarFamily {
  readonly type: ScalarDefinition['type'];
  readonly definition: ScalarDefinition;
  readonly samples: readonly ScalarSample[];
}

interface HistogramFamily {
  readonly type: HistogramDefinition['type'];
  readonly definition: HistogramDefinition;
  readonly samples: readonly HistogramSample[];
}

/** `type` is the definition's, and tells what kind of samples there are. */
export type Family = ScalarFamily | HistogramFamily;

/** A counter's or a gauge's family. */
export function family(definition: ScalarDefinition, samples: readonly ScalarSample[]): Family {
  return { type: definition.type, definition, samples };
}

/** A histogram's family. */
export function histogramFamily(
  definition: HistogramDefinition,
  samples: readonly HistogramSample[],
): Family {
  return { type: definition.type, definition, samples };
}
