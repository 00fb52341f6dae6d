// SPDX-License-Identifier: Apache-2.0
// The demo pushes to a real OpenTelemetry Collector, behind which VictoriaMetrics answers as Prometheus does for a
// scrape of the same exporter. XDP_TEST_PUSH_SECONDS is how long it pushes.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { METRICS } from '../../src/catalogue/catalogue.ts';
import { LABEL_ATTRIBUTES, type MetricDefinition } from '../../src/metrics/definition.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { sampleNamesOf, seriesOf, sortLabels } from './support/collected-series.ts';
import { MAIN } from './support/exporter-process.ts';
import { parseExposition } from './support/exposition.ts';
import { until } from './support/namespace.ts';
import {
  type CollectedMetric,
  type Collector,
  findCollector,
  startCollector,
} from './support/otel-collector.ts';
import { PrometheusServer } from './support/prometheus-server.ts';
import type { PromqlServer } from './support/promql.ts';
import { queriesOf, translateQuery, vectorOf } from './support/promql-pairs.ts';
import { REDIRECT_METRICS } from './support/redirect-metrics.ts';
import { VictoriaMetrics } from './support/victoria-metrics.ts';

const INTERVAL_MS = 1_000;
const SECONDS = Number(process.env['XDP_TEST_PUSH_SECONDS'] ?? '10');
const RATE = 20_000;

/** They tell of the moment of the reading, or of the last minute, also at rest. */
const VOLATILE: ReadonlySet<string> = new Set([
  METRICS.collectorDuration.name,
  METRICS.otlpExports.name,
  METRICS.otlpLastSuccess.name,
  METRICS.ringFill.name,
]);

const DEFINITIONS: readonly MetricDefinition[] = Object.values(METRICS).filter(
  ({ name }) => !REDIRECT_METRICS.has(name),
);
const RESTING = DEFINITIONS.filter(({ name }) => !VOLATILE.has(name));

const binary = findCollector();
const skip =
  skipUnlessRoot ||
  (binary === undefined && 'no OpenTelemetry Collector: OTELCOL names none and the path has none');

describe('the demo, pushing to a real collector', { skip }, () => {
  let folder: string;
  let victoria: VictoriaMetrics;
  let prometheus: PrometheusServer;
  let collector: Collector;
  let demo: ChildProcess;
  let url = '';

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-collector-'));
    victoria = await VictoriaMetrics.start(folder);
    collector = await startCollector(binary ?? '', folder, victoria.otlpUrl);
    const flags = ['--rate', String(RATE), '--web.listen-address', '127.0.0.1:0'];
    demo = spawn(process.execPath, [MAIN, 'demo', ...flags, '--otlp.endpoint', collector.url], {
      env: { ...process.env, OTEL_METRIC_EXPORT_INTERVAL: String(INTERVAL_MS) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    demo.stdout?.on('data', (chunk) => {
      said += chunk;
    });
    await until('the demo serves', () => /^metrics: http/m.test(said));
    url = /^metrics: (\S+)$/m.exec(said)?.[1] ?? '';
    prometheus = await PrometheusServer.scraping(url);
  });
  after(async () => {
    if (demo !== undefined && demo.exitCode === null) {
      signalChildren(demo, 'SIGCONT');
      demo.kill('SIGINT');
      await once(demo, 'exit');
    }
    await prometheus?.close();
    await collector?.close();
    await victoria?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const scrape = async () => parseExposition(await (await fetch(url)).text());

  test(`arrives for ${SECONDS} s, a push each second`, async () => {
    const first = collector.pushes();
    await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
    const pushes = collector.pushes() - first;
    assert.ok(Math.abs(pushes - SECONDS) <= 2, `${pushes} pushes in ${SECONDS} s`);
  });

  test('rates are the same on both ways within an interval', async () => {
    const rateOf = async (server: PromqlServer) => {
      const [sum] = await server.query('sum(rate(xdp_packets_total[5s]))');
      return sum?.points[0]?.[1] ?? Number.NaN;
    };
    await until('both answer what is sent', async () => {
      const rates = [await rateOf(victoria), await rateOf(prometheus)];
      return rates.every((rate) => Math.abs(rate - RATE) < RATE / 5);
    });
  });

  for (const definition of DEFINITIONS) {
    test(`${definition.otelName} arrives as the catalogue has it`, async () => {
      await until('it arrives', () => findMetric(collector, definition) !== undefined);
      const metric = findMetric(collector, definition);
      assert.ok(metric !== undefined);
      assert.deepEqual(describeMetric(metric), expectedOf(definition));
    });
  }

  test('nothing arrives that the catalogue does not have', () => {
    const known = new Set(DEFINITIONS.map(({ otelName }) => otelName));
    assert.deepEqual(
      collector.newest().filter(({ name }) => !known.has(name)),
      [],
    );
  });

  test('after the traffic stops all values are those of a scrape', async () => {
    signalChildren(demo, 'SIGSTOP');
    let pushed: readonly string[] = [];
    let scraped: readonly string[] = [];
    const names = new Set(RESTING.flatMap(sampleNamesOf));
    await until('they agree', async () => {
      const samples = await scrape();
      scraped = [...samples]
        .filter(([series]) => names.has(series.replace(/\{.*/, '')))
        .map(([series, value]) => `${sortLabels(series)} ${value}`)
        .toSorted();
      pushed = RESTING.flatMap((definition) =>
        seriesOf(findMetric(collector, definition), definition),
      ).toSorted();
      return pushed.join('\n') === scraped.join('\n');
    }).catch(() => assert.deepEqual(pushed, scraped));
    assert.ok(pushed.length > 50);
    assert.ok(pushed.some((series) => /^xdp_packet_size_bytes_bucket\{.*\} [1-9]/.test(series)));
  });

  for (const query of RESTING.flatMap(queriesOf)) {
    test(`both answer ${query}`, async () => {
      let answers: readonly string[][] = [];
      const translated = translateQuery(query);
      await until('they agree', async () => {
        await victoria.flush();
        answers = [
          vectorOf(await victoria.query(translated)),
          vectorOf(await prometheus.query(query)),
        ];
        return answers[0]?.join() === answers[1]?.join() && answers[0]?.length !== 0;
      }).catch(() => assert.deepEqual(answers[0], answers[1]));
    });
  }
});

function findMetric(
  collector: Collector,
  { otelName }: MetricDefinition,
): CollectedMetric | undefined {
  return collector.newest().find(({ name }) => name === otelName);
}

const DATA_TYPES = { counter: 'Sum', gauge: 'Gauge', histogram: 'Histogram' } as const;

function expectedOf({ unit, type, help, labels, fractional }: MetricDefinition) {
  const isSum = type === 'counter';
  const isCumulative = type !== 'gauge';
  return {
    unit,
    dataType: DATA_TYPES[type],
    monotonic: isSum ? 'true' : undefined,
    temporality: isCumulative ? 'Cumulative' : undefined,
    description: help,
    attributes: [labels.map((label) => LABEL_ATTRIBUTES[label]).toSorted()],
    whole: fractional !== true,
    hasStart: isCumulative,
  };
}

function describeMetric({ descriptor, points }: CollectedMetric): ReturnType<typeof expectedOf> {
  const attributes = new Set(
    points.map((point) => Object.keys(point.attributes).toSorted().join()),
  );
  return {
    unit: (descriptor['Unit'] ?? '') as '',
    dataType: descriptor['DataType'] as 'Sum',
    monotonic: descriptor['IsMonotonic'] as 'true' | undefined,
    temporality: descriptor['AggregationTemporality'] as 'Cumulative' | undefined,
    description: descriptor['Description'] ?? '',
    attributes: [...attributes].map(
      (names) => names.split(',').filter((name) => name !== '') as [],
    ),
    // The collector prints doubles with six digits behind the point.
    whole: points.every(({ value, count }) => !(value ?? count ?? '.').includes('.')),
    hasStart: points.every(({ start }) => !start.startsWith('1970')),
  };
}

/** Children of any thread, which for the demo is the generator. */
function childrenOf({ pid }: ChildProcess): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
    readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')
      .split(' ')
      .filter((child) => child !== '')
      .map(Number),
  );
}

function signalChildren(parent: ChildProcess, signal: NodeJS.Signals): void {
  for (const child of childrenOf(parent)) {
    process.kill(child, signal);
  }
}
