// SPDX-License-Identifier: Apache-2.0
// Values with their unit, short enough for an axis.

const SI = ['', 'k', 'M', 'G', 'T'] as const;
const IEC = ['', 'Ki', 'Mi', 'Gi', 'Ti'] as const;

/** @param unit as Grafana names it: of those that the dashboards use */
export function formatValue(value: number, unit: string): string {
  switch (unit) {
    case 'pps':
      return scaled(value, 1000, SI, 'p/s');
    case 'bps':
      return scaled(value, 1000, SI, 'b/s');
    case 'bytes':
      return scaled(value, 1024, IEC, 'B');
    case 'percentunit':
      return `${round(value * 100)} %`;
    default:
      return scaled(value, 1000, SI, '');
  }
}

function scaled(value: number, base: number, prefixes: readonly string[], unit: string): string {
  const largest = prefixes.length - 1;
  const power = Math.min(
    largest,
    Math.max(0, Math.floor(Math.log(Math.abs(value)) / Math.log(base))),
  );
  const exponent = Number.isFinite(power) ? power : 0;
  const suffix = `${prefixes[exponent]}${unit}`;
  const number = round(value / base ** exponent);
  return suffix === '' ? number : `${number} ${suffix}`;
}

/** Three digits. */
function round(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Steps of 1, 2 or 5 times a power of ten from 0 to `max`, at most `count` of them. */
export function ticksTo(max: number, count: number): readonly number[] {
  const rough = max / count;
  const magnitude = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 5, 10].map((factor) => factor * magnitude).find((each) => each >= rough) ?? rough;
  return Array.from({ length: Math.floor(max / step + 1e-9) + 1 }, (_, index) => index * step);
}
