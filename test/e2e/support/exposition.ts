// SPDX-License-Identifier: Apache-2.0
// Reads the Prometheus text format, as far as tests need it.

/** Sample values by series, as `xdp_packets_total{device="eth0",action="pass"}`, labels in the order served. */
export type Samples = ReadonlyMap<string, number>;

export function parseExposition(text: string): Samples {
  const samples = new Map<string, number>();
  for (const line of text.split('\n')) {
    const split = line.lastIndexOf(' ');
    if (line !== '' && !line.startsWith('#')) {
      samples.set(line.slice(0, split), Number(line.slice(split + 1)));
    }
  }
  return samples;
}

/** The sum over every series of `name` that carries all of `labels`. */
export function sumOf(
  samples: Samples,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number {
  let sum = 0;
  for (const [series, value] of samples) {
    if (series === name || series.startsWith(`${name}{`)) {
      const wanted = Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
      if (wanted.every((label) => series.includes(label))) {
        sum += value;
      }
    }
  }
  return sum;
}
