// SPDX-License-Identifier: Apache-2.0
// One measured figure beside its baseline of the same run, and the table that shows them.

export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  /** Measured in turn with `value`; absent where the figure stands alone. */
  readonly baseline?: { readonly name: string; readonly value: number };
  /** What must hold, and where we want to be: upper bounds of `value`, or of `value - baseline` where relative. */
  readonly gate?: number;
  readonly aim?: number;
  readonly relative?: boolean;
  /** The bounds are lower ones. */
  readonly atLeast?: boolean;
}

export function minimum(values: readonly number[]): number {
  return Math.min(...values);
}

/** @param fraction 0.5 for the median */
export function quantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * fraction))] ?? Number.NaN;
}

function judged({ value, baseline, relative }: Result): number {
  return relative === true ? value - (baseline?.value ?? 0) : value;
}

export function isWithinGate(result: Result): boolean {
  const { gate, atLeast } = result;
  return gate === undefined || (atLeast === true ? judged(result) >= gate : judged(result) <= gate);
}

function formatRow(result: Result): string[] {
  const { name, unit, value, baseline, gate, aim, atLeast } = result;
  const against =
    baseline === undefined
      ? ['', '']
      : [`${baseline.value.toFixed(2)} (${baseline.name})`, (value - baseline.value).toFixed(2)];
  const sign = atLeast === true ? '>=' : '<=';
  const bound = (limit: number | undefined) => (limit === undefined ? '' : `${sign} ${limit}`);
  const verdict = isWithinGate(result) ? 'held' : 'MISSED';
  return [
    name,
    `${value.toFixed(2)} ${unit}`,
    ...against,
    bound(gate),
    bound(aim),
    gate === undefined ? '' : verdict,
  ];
}

export function formatTable(results: readonly Result[]): string {
  const header = ['', 'value', 'baseline', 'difference', 'gate', 'aim', ''];
  const rows = results.map(formatRow);
  const widths = header.map((_, column) =>
    Math.max(...[header, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
