// SPDX-License-Identifier: Apache-2.0
// How long a scrape of 20,000 series takes over loopback, beside one of the same bytes ready-made.
import { once } from 'node:events';
import { quantile, type Result } from './result.ts';
import { forkAsWire } from './wire-fork.ts';

const WARM_UP = 30;
const SCRAPES = 300;

interface Ready {
  readonly url: string;
  readonly baselineUrl: string;
  readonly series: number;
}

export async function benchScrape(): Promise<Result[]> {
  const server = forkAsWire('scrape-server.js');
  try {
    const [{ url, baselineUrl, series }] = (await once(server, 'message')) as [Ready];
    const times: number[] = [];
    const baselines: number[] = [];
    for (let scrape = 0; scrape < WARM_UP + SCRAPES; scrape++) {
      const baseline = await timeScrape(baselineUrl);
      const time = await timeScrape(url);
      if (scrape >= WARM_UP) {
        baselines.push(baseline);
        times.push(time);
      }
    }
    const figure = (fraction: number) => ({
      unit: 'ms',
      value: quantile(times, fraction),
      baseline: { name: 'same text ready-made', value: quantile(baselines, fraction) },
    });
    return [
      { name: `scrape of ${series} series, median`, gate: 15, aim: 8, ...figure(0.5) },
      { name: `scrape of ${series} series, p99`, ...figure(0.99) },
    ];
  } finally {
    server.kill();
  }
}

async function timeScrape(url: string): Promise<number> {
  const start = process.hrtime.bigint();
  const response = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  await response.arrayBuffer();
  return Number(process.hrtime.bigint() - start) / 1e6;
}
