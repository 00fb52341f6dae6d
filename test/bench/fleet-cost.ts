// SPDX-License-Identifier: Apache-2.0
// What a fleet costs a real Prometheus: targets that serve a real scrape, with counters that rise.
// Usage: node dist/test/bench/fleet-cost.js SCRAPE-FILE NODES SECONDS
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { residentMemory } from '../e2e/support/memory.ts';
import { PrometheusServer } from '../e2e/support/prometheus-server.ts';

const RULES = fileURLToPath(new URL('../../../deploy/prometheus/', import.meta.url));
const INTERVAL_SECONDS = 15;
/** sysconf(_SC_CLK_TCK), which is this on every Linux that Node.js runs on. */
const TICKS_PER_SECOND = 100;

const [file = '', nodes = '1000', seconds = '150'] = process.argv.slice(2);

/** Functions of time in seconds that give each line of the scrape. */
const lines = readFileSync(file, 'utf8')
  .split('\n')
  .map((line, index): ((time: number) => string) => {
    const split = line.lastIndexOf(' ');
    if (!/^\w+(_total|_bucket|_sum|_count)[{ ]/.test(line)) {
      return () => line;
    }
    const name = line.slice(0, split);
    const value = Number(line.slice(split + 1));
    return (time) => `${name} ${value + time * (index + 1) + Math.floor(Math.random() * 1000)}`;
  });

const began = Date.now();
const server = createServer((_, response) => {
  const time = Math.floor((Date.now() - began) / 1000) * 1000;
  response.setHeader('Content-Type', 'text/plain; version=0.0.4');
  response.end(lines.map((line) => line(time)).join('\n'));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;

const prometheus = await PrometheusServer.start(
  JSON.stringify({
    global: {
      scrape_interval: `${INTERVAL_SECONDS}s`,
      evaluation_interval: `${INTERVAL_SECONDS}s`,
    },
    rule_files: [`${RULES}*.rules.yml`],
    scrape_configs: [
      {
        job_name: 'xdp',
        static_configs: Array.from({ length: Number(nodes) }, (_, index) => ({
          targets: [`127.0.0.1:${port}`],
          labels: { instance: `node-${index}` },
        })),
      },
    ],
  }),
);

try {
  // The first round makes every series, which is dear and happens once.
  await setTimeout(2 * INTERVAL_SECONDS * 1000);
  const before = cpuSeconds(prometheus.pid);
  await setTimeout((Number(seconds) - 2 * INTERVAL_SECONDS) * 1000);
  const cpus = (cpuSeconds(prometheus.pid) - before) / (Number(seconds) - 2 * INTERVAL_SECONDS);
  const [scraped] = await prometheus.query('sum(scrape_samples_post_metric_relabeling)');
  const [recorded] = await prometheus.query('count({__name__=~"job.*:.*"})');
  const result = {
    nodes: Number(nodes),
    seriesScraped: scraped?.points[0]?.[1],
    seriesRecorded: recorded?.points[0]?.[1],
    residentBytes: residentMemory(prometheus.pid).allBytes,
    cpus,
  };
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
} finally {
  await prometheus.close();
  server.closeAllConnections();
  server.close();
}

/** See proc_pid_stat(5): utime and stime are the 14th and 15th fields; the name before them may hold anything. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}
