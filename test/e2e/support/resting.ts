// SPDX-License-Identifier: Apache-2.0
// What a push and a scrape must agree on once the traffic rests.
import assert from 'node:assert/strict';
import { METRICS } from '../../../src/catalogue/catalogue.ts';
import type { MetricDefinition } from '../../../src/metrics/definition.ts';
import { ABSENT_METRICS } from './absent-metrics.ts';
import { until } from './namespace.ts';
import type { PromqlServer } from './promql.ts';
import { queriesOf, translateQuery, vectorOf } from './promql-pairs.ts';
import type { VictoriaMetrics } from './victoria-metrics.ts';

/** They tell of the moment of the reading, or of the last minute, also at rest. */
const VOLATILE: ReadonlySet<string> = new Set([
  METRICS.collectorDuration.name,
  METRICS.otlpExports.name,
  METRICS.otlpLastSuccess.name,
  METRICS.ringFill.name,
  METRICS.processCpu.name,
  METRICS.processMemory.name,
]);

const DEFINITIONS: readonly MetricDefinition[] = Object.values(METRICS).filter(
  ({ name }) => !ABSENT_METRICS.has(name),
);
export const RESTING = DEFINITIONS.filter(({ name }) => !VOLATILE.has(name));

export const RESTING_QUERIES = RESTING.flatMap(queriesOf);

/** Waits until VictoriaMetrics, which was pushed to, answers as Prometheus does, which scraped. */
export async function assertSameAnswer(
  victoria: VictoriaMetrics,
  prometheus: PromqlServer,
  query: string,
): Promise<void> {
  let answers: readonly string[][] = [];
  const translated = translateQuery(query);
  await until('they agree', async () => {
    await victoria.flush();
    answers = [vectorOf(await victoria.query(translated)), vectorOf(await prometheus.query(query))];
    return answers[0]?.join() === answers[1]?.join() && answers[0]?.length !== 0;
  }).catch(() => assert.deepEqual(answers[0], answers[1]));
}
