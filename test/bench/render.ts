// SPDX-License-Identifier: Apache-2.0
// How long it takes to write 20,000 series as text, and to compress that text.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createFamilies } from '../../src/catalogue/families.ts';
import { createPrometheusExporter } from '../../src/export/prometheus.ts';
import { makeSnapshot } from './many-series.ts';
import { quantile, type Result } from './result.ts';

const WARM_UP = 30;
const RENDERS = 200;
const GZIPS = 30;

export async function benchRender(): Promise<Result[]> {
  const families = createFamilies({ version: 'bench', nodeVersion: process.version });
  const snapshot = makeSnapshot();
  const { render } = createPrometheusExporter(async () => families(snapshot));
  const times = await measure(WARM_UP + RENDERS, render);
  const text = await render();
  const series = text.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
  const gzips = await measure(GZIPS, () => promisify(gzip)(text));
  return [
    {
      name: `render ${series} series as text, median`,
      unit: 'ms',
      value: quantile(times.slice(WARM_UP), 0.5),
      gate: 15,
      aim: 5,
    },
    { name: 'gzip that text, in its own thread, median', unit: 'ms', value: quantile(gzips, 0.5) },
  ];
}

async function measure(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    const startMs = performance.now();
    await work();
    times.push(performance.now() - startMs);
  }
  return times;
}
