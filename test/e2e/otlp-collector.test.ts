// SPDX-License-Identifier: Apache-2.0
// The demo pushes to a real OpenTelemetry Collector, behind which VictoriaMetrics answers as Prometheus does for a
// scrape of the same exporter. XDP_TEST_PUSH_SECONDS is how long it pushes.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { METRICS } from '../../src/catalogue/catalogue.ts';
import { LABEL_ATTRIBUTES, type MetricDefinition } from '../../src/metrics/definition.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ABSENT_METRICS } from './support/absent-metrics.ts';
import { sampleNamesOf, seriesOf, sortLabels } from './support/collected-series.ts';
import { until } from './support/namespace.ts';
import {
  type CollectedMetric,
  type Collector,
  findCollector,
  startCollector,
} from './support/otel-collector.ts';
import type { PromqlServer } from './support/promql.ts';
import { type PushingDemo, RATE, startPushingDemo } from './support/pushing-demo.ts';
import { assertSameAnswer, RESTING, RESTING_QUERIES } from './support/resting.ts';
import { VictoriaMetrics } from './support/victoria-metrics.ts';

const SECONDS = Number(process.env['XDP_TEST_PUSH_SECONDS'] ?? '10');

/** The demo asks for them. */
const DESTINATIONS: readonly string[] = [
  METRICS.destinationPackets.name,
  METRICS.destinationBytes.name,
];
const DEFINITIONS: readonly MetricDefinition[] = Object.values(METRICS).filter(
  ({ name }) => !ABSENT_METRICS.has(name) || DESTINATIONS.includes(name),
);

const binary = findCollector();
const skip =
  skipUnlessRoot ||
  (binary === undefined && 'no OpenTelemetry Collector: OTELCOL names none and the path has none');

for (const protocol of ['http/protobuf', 'http/json']) {
  describe(`the demo, pushing ${protocol} to a real collector`, { skip }, () => {
    let folder: string;
    let victoria: VictoriaMetrics;
    let collector: Collector;
    let demo: PushingDemo;

    before(async () => {
      folder = mkdtempSync(join(tmpdir(), 'xdp-collector-'));
      victoria = await VictoriaMetrics.start(folder);
      collector = await startCollector(binary ?? '', folder, victoria.otlpUrl);
      demo = await startPushingDemo({
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      });
    });
    after(async () => {
      await demo?.close();
      await collector?.close();
      await victoria?.close();
      rmSync(folder, { recursive: true, force: true });
    });

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
        const rates = [await rateOf(victoria), await rateOf(demo.prometheus)];
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
      demo.stopTraffic();
      let pushed: readonly string[] = [];
      let scraped: readonly string[] = [];
      const names = new Set(RESTING.flatMap(sampleNamesOf));
      await until('they agree', async () => {
        const samples = await demo.scrape();
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

    for (const query of RESTING_QUERIES) {
      test(`both answer ${query}`, () => assertSameAnswer(victoria, demo.prometheus, query));
    }
  });
}

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
