// SPDX-License-Identifier: Apache-2.0
// A process that measures how long it takes to write 20,000 series in each format, and to compress that text.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { createFamilies } from '../../src/catalogue/families.ts';
import { createPrometheusExporter } from '../../src/export/prometheus.ts';
import type { Family } from '../../src/metrics/family.ts';
import { ACCEPT_PROTOBUF } from '../e2e/support/exposition.ts';
import { makeSnapshot } from './many-series.ts';
import { quantile, type Result } from './result.ts';

const WARM_UP = 30;
const RENDERS = 200;
const GZIPS = 20;
/** The fastest, which the server uses, and what slower ones would leave of the text. */
const GZIP_LEVELS = [1, 2, 3, 4, 5, 6];

/** What Prometheus sends. */
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';

async function benchRender(): Promise<Result[]> {
  const families = createFamilies({ version: 'bench', nodeVersion: process.version });
  const snapshot = makeSnapshot();
  const { render } = createPrometheusExporter(async () => families(snapshot), {
    disableExporterMetrics: false,
  });
  const text = await measure(() => render(undefined));
  const openMetrics = await measure(() => render(OPENMETRICS));
  const protobuf = await measure(() => render(ACCEPT_PROTOBUF));
  const strings = await measure(async () => asStrings(families(snapshot)));
  const { body } = await render(undefined);
  const series = body
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')).length;
  const baseline = { name: 'a string for each line', value: strings };
  return [
    {
      name: `render ${series} series as text, median`,
      unit: 'ms',
      value: text,
      baseline,
      gate: 4,
      aim: 2,
    },
    { name: 'the same as OpenMetrics', unit: 'ms', value: openMetrics, baseline, gate: 4, aim: 2 },
    { name: 'the same as protobuf', unit: 'ms', value: protobuf, baseline, gate: 6, aim: 4 },
    ...(await benchGzip(body)),
  ];
}

/** The plain way: a string for each line, every time. */
function asStrings(families: readonly Family[]): Buffer {
  let text = '';
  for (const { definition, type, samples } of families) {
    for (const sample of type === 'histogram' ? [] : samples) {
      const labels = Object.entries(sample.labels).map(([name, value]) => `${name}="${value}"`);
      text += `${definition.name}{${labels.join(',')}} ${sample.value}\n`;
    }
  }
  return Buffer.from(text);
}

async function benchGzip(body: Buffer): Promise<Result[]> {
  const results: Result[] = [];
  for (const level of GZIP_LEVELS) {
    let size = 0;
    const value = await measure(async () => {
      size = (await promisify(gzip)(body, { level })).length;
    }, GZIPS);
    const kilobytes = `${Math.round(body.length / 1e3)} kB to ${Math.round(size / 1e3)} kB`;
    results.push({ name: `gzip -${level} of that text, ${kilobytes}, median`, unit: 'ms', value });
  }
  return results;
}

/** The median in milliseconds. */
async function measure(work: () => Promise<unknown>, rounds = RENDERS): Promise<number> {
  const times: number[] = [];
  for (let turn = 0; turn < WARM_UP + rounds; turn++) {
    const startMs = performance.now();
    await work();
    times.push(performance.now() - startMs);
  }
  return quantile(times.slice(WARM_UP), 0.5);
}

process.send?.(await benchRender());
