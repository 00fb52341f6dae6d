// SPDX-License-Identifier: Apache-2.0
// A metric family as far as an exposition can tell, whoever measured it; our own are such.
import type { HistogramSample, ScalarSample } from '../metrics/family.ts';

/** By name. Undefined values are left out. */
export type ExposedLabels = Readonly<Record<string, string | undefined>>;

type WithLabels<Sample> = Omit<Sample, 'labels'> & { readonly labels: ExposedLabels };

export type ExposedScalar = WithLabels<ScalarSample>;
export type ExposedHistogram = WithLabels<HistogramSample>;

export type ExposedFamily = {
  /** A counter's name ends with "_total". */
  readonly definition: { readonly name: string; readonly help: string };
} & (
  | { readonly type: 'counter' | 'gauge'; readonly samples: readonly ExposedScalar[] }
  | {
      readonly type: 'histogram';
      /** Those of the same label object always have the same boundaries. */
      readonly samples: readonly ExposedHistogram[];
    }
);

/** The unit that the end of a family's name says, by OpenMetrics. @param name without a counter's suffix */
export function unitOf(name: string): 'bytes' | 'seconds' | undefined {
  return /_(bytes|seconds)$/.exec(name)?.[1] as 'bytes' | 'seconds' | undefined;
}

/** OpenMetrics calls a counter's family by its name without the suffix. */
export function nameWithoutTotal(name: string): string {
  return name.replace(/_total$/, '');
}
