// SPDX-License-Identifier: Apache-2.0
// Devices whose names are quotes, braces, escapes and bytes that are no text, as OTLP carries them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { METRICS } from '../../src/catalogue/catalogue.ts';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { LABEL_ATTRIBUTES } from '../../src/metrics/definition.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { until } from './support/namespace.ts';
import { createOddLab } from './support/odd-lab.ts';
import { attributesOf, pointsOf } from './support/otlp-body.ts';
import { ScriptedCollector } from './support/scripted-collector.ts';

test('OTLP carries every device under a name of its own, with its own count', {
  skip: skipUnlessRoot,
}, async () => {
  const { lab, devices } = await createOddLab('names-otlp');
  const collector = await ScriptedCollector.start();
  const args = ['--netns', lab.rx.netns, '--device', '*', '--device-exclude', 'lo'];
  const exporter = await ExporterProcess.start([...args, '--otlp.endpoint', collector.url], {
    env: { OTEL_METRIC_EXPORT_INTERVAL: '500', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' },
  }).catch(async (error) => {
    await lab.close();
    throw error;
  });
  /** As pushed: a push may be several requests. */
  const counts = () =>
    Object.fromEntries(
      collector.received
        .flatMap(({ body }) => pointsOf(body, METRICS.packets.otelName))
        .map((point) => [attributesOf(point), point.asInt ?? Number.NaN] as const)
        .filter(([attributes]) => attributes[LABEL_ATTRIBUTES.action] === 'pass')
        .map(([attributes, count]) => [attributes[LABEL_ATTRIBUTES.device], count]),
    );
  try {
    const sent: Record<string, number> = { [lab.rx.device]: 0 };
    for (const [index, { tx, shown }] of devices.entries()) {
      sent[shown] = 100 + 37 * index;
      await startGenerator({ ...tx, frames: sent[shown] }).done;
    }
    const total = (record: Record<string, number>) =>
      Object.values(record).reduce((all, count) => all + count, 0);
    await until('all frames are pushed', () => total(counts()) >= total(sent));
    assert.deepEqual(counts(), sent);
  } finally {
    await exporter.close();
    await collector.close();
    await lab.close();
  }
});
