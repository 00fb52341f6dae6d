// SPDX-License-Identifier: Apache-2.0
// What a Prometheus would know of the time before a test, as OpenMetrics for "promtool tsdb create-blocks-from openmetrics".

export interface PastSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** @param seconds since the first sample */
  readonly value: (seconds: number) => number;
}

export interface Past {
  /** Unix seconds. */
  readonly start: number;
  readonly end: number;
  readonly stepSeconds: number;
  readonly series: readonly PastSeries[];
}

/** Without the line that ends a text of OpenMetrics. */
export function writePast({ start, end, stepSeconds, series }: Past): string {
  const count = Math.floor((end - start) / stepSeconds) + 1;
  return series
    .flatMap(({ name, labels, value }) => {
      const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
      return Array.from({ length: count }, (_, index) => {
        const seconds = index * stepSeconds;
        return `${name}{${pairs}} ${value(seconds)} ${start + seconds}\n`;
      });
    })
    .join('');
}
