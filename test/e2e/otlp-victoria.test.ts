// SPDX-License-Identifier: Apache-2.0
// The demo pushes straight to a real VictoriaMetrics, which takes protobuf alone and answers as Prometheus does for a
// scrape.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { until } from './support/namespace.ts';
import { type PushingDemo, startPushingDemo } from './support/pushing-demo.ts';
import { assertSameAnswer, RESTING_QUERIES } from './support/resting.ts';
import { VictoriaMetrics } from './support/victoria-metrics.ts';

describe('the demo, pushing straight to VictoriaMetrics', { skip: skipUnlessRoot }, () => {
  let folder: string;
  let victoria: VictoriaMetrics;
  let demo: PushingDemo;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-victoria-'));
    victoria = await VictoriaMetrics.start(folder);
    demo = await startPushingDemo({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: victoria.otlpUrl });
    await until('packets are pushed', async () => {
      await victoria.flush();
      const [sum] = await victoria.query('sum(xdp_packets_total)');
      return (sum?.points[0]?.[1] ?? 0) > 0;
    });
    demo.stopTraffic();
  });
  after(async () => {
    await demo?.close();
    await victoria?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const query of RESTING_QUERIES) {
    test(`both answer ${query}`, () => assertSameAnswer(victoria, demo.prometheus, query));
  }
});
