// SPDX-License-Identifier: Apache-2.0
// What is drawn: a panel of a dashboard, and what Prometheus answered to its queries.

/** Unix seconds and value. */
export type Point = readonly [number, number];

export interface NamedSeries {
  /** The legend. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly Point[];
}

export interface PanelData {
  readonly title: string;
  readonly type: string;
  readonly unit: string;
  readonly isStacked: boolean;
  /** One list for each query of the panel. */
  readonly answers: readonly (readonly NamedSeries[])[];
}

/** Of all queries together. */
export function allSeries({ answers }: PanelData): readonly NamedSeries[] {
  return answers.flat();
}

export function lastValue({ points }: NamedSeries): number {
  return points.at(-1)?.[1] ?? 0;
}

export function meanValue({ points }: NamedSeries): number {
  return points.reduce((total, [, value]) => total + value, 0) / Math.max(1, points.length);
}
