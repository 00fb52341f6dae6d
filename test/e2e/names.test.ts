// SPDX-License-Identifier: Apache-2.0
// Devices whose names are quotes, braces, escapes and bytes that are no text, on /metrics and in the log.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { METRICS } from '../../src/catalogue/catalogue.ts';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ABSENT_METRICS } from './support/absent-metrics.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import {
  ACCEPT_OPENMETRICS,
  describeSample,
  packetsByDevice,
  readSamples,
  type Sample,
} from './support/exposition.ts';
import { readLogfmt } from './support/logfmt.ts';
import { until } from './support/namespace.ts';
import { createOddLab, type NamedDevice } from './support/odd-lab.ts';
import { PrometheusServer } from './support/prometheus-server.ts';
import { readWithPython } from './support/second-parser.ts';

/** Each with what a client that wants it accepts. */
const FORMATS = [
  ['text', '*/*'],
  ['openmetrics', ACCEPT_OPENMETRICS],
] as const;

describe('devices with odd names', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let devices: readonly NamedDevice[];

  before(async () => {
    ({ lab, devices } = await createOddLab('names'));
  });
  after(() => lab?.close());

  const all = () => ['--netns', lab.rx.netns, '--device', '*', '--device-exclude', 'lo'];
  const shownNames = () => [lab.rx.device, ...devices.map(({ shown }) => shown)].toSorted();

  describe('on /metrics', () => {
    let exporter: ExporterProcess;
    /** Sent to each device, by the name that it is shown by. */
    let sent: Record<string, number>;

    before(async () => {
      exporter = await ExporterProcess.start(all());
      sent = {};
      const own = { tx: lab.tx, shown: lab.rx.device };
      for (const [index, { tx, shown }] of [own, ...devices].entries()) {
        sent[shown] = 1_000 + 37 * index;
        await startGenerator({ ...tx, frames: sent[shown] }).done;
      }
    });
    after(() => exporter?.close());

    test('each is counted exactly, under a name of its own', async () => {
      const counts = async () => packetsByDevice(readSamples(await exporter.get('metrics')));
      const total = sum(Object.values(sent));
      await until(
        'all frames are counted',
        async () => sum(Object.values(await counts())) >= total,
      );
      assert.deepEqual(await counts(), sent);
    });

    test('promtool finds nothing to say', async () => {
      const input = await exporter.get('metrics');
      const said = execFileSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
      assert.equal(said, '');
    });

    test('a client that asks for OpenMetrics gets it, others get text', async () => {
      const answers = [];
      for (const accept of [ACCEPT_OPENMETRICS, 'text/plain', '*/*']) {
        const { headers } = await fetch(exporter.url, { headers: { accept } });
        answers.push(headers.get('content-type'));
      }
      const text = 'text/plain; version=0.0.4; charset=utf-8';
      assert.deepEqual(answers, [
        'application/openmetrics-text; version=1.0.0; charset=utf-8',
        text,
        text,
      ]);
      const openMetrics = await exporter.get('metrics', ACCEPT_OPENMETRICS);
      assert.ok(openMetrics.endsWith('\n# EOF\n'));
      assert.doesNotMatch(openMetrics, /_created/);
    });

    for (const [format, accept] of FORMATS) {
      test(`two parsers read the same series with the same values as ${format}`, async () => {
        const text = await exporter.get('metrics', accept);
        const ours = readSamples(text);
        const theirs = readWithPython(text, format).flatMap(({ samples }) => samples);
        assert.deepEqual(
          ours.map(describeSample).toSorted(),
          theirs.map(describeSample).toSorted(),
        );
        assert.deepEqual(packetsByDevice(theirs), sent);
        assert.equal(
          new Set(ours.map((sample) => describeSample({ ...sample, value: 0 }))).size,
          ours.length,
        );
      });
    }

    test('a real Prometheus stores the same series with the same values', async () => {
      const isAtRest = ({ name }: Sample) =>
        /^xdp_.*(total|bucket|count|sum|up|info)$/.test(name) && name !== METRICS.processCpu.name;
      const atRest = (samples: readonly Sample[]) =>
        samples.filter(isAtRest).map(describeSample).toSorted();
      const prometheus = await PrometheusServer.scraping(exporter.url);
      try {
        let served: string[] = [];
        let found: readonly Sample[] = [];
        // Top sources join within seconds: until then a scrape has series that the one before lacked.
        await until(
          'it has what is served',
          async () => {
            // In the format that Prometheus asks for: another spells the bounds of buckets otherwise.
            served = atRest(readSamples(await exporter.get('metrics', ACCEPT_OPENMETRICS)));
            found = await prometheus.samples('{job="xdp"}');
            return isDeepStrictEqual(atRest(found), served);
          },
          30,
        ).catch(() => assert.deepEqual(atRest(found), served));
        assert.deepEqual(packetsByDevice(found), sent);
      } finally {
        await prometheus.close();
      }
    });

    for (const [format, accept] of FORMATS) {
      test(`the second parser finds every metric of the catalogue but for those of pushes and those that need a cause or an option as ${format}, with its type and help`, async () => {
        const families = readWithPython(await exporter.get('metrics', accept), format);
        const found = families
          .filter(({ name }) => name.startsWith('xdp_'))
          .map(({ name, type, help }) => [type === 'counter' ? `${name}_total` : name, type, help]);
        const catalogue = Object.values(METRICS)
          .filter(({ name }) => !name.startsWith('xdp_otlp_') && !ABSENT_METRICS.has(name))
          .map(({ name, type, help }) => [name, type, help]);
        assert.deepEqual(found.toSorted(), catalogue.toSorted());
      });
    }
  });

  for (const [format, read] of [
    ['logfmt', readLogfmt],
    ['json', JSON.parse],
  ] as const) {
    test(`the log has one line of ${format} for each, from which its name can be had back`, async () => {
      const exporter = await ExporterProcess.start([...all(), '--log.format', format]);
      try {
        await until('every device is up', async () => {
          const up = readSamples(await exporter.get('metrics')).filter(isUp);
          return up.length === shownNames().length;
        });
        const lines = exporter.log.split('\n');
        const attached = lines.map((line) => read(line)).filter(({ msg }) => msg === 'attached');
        assert.deepEqual(attached.map(({ device }) => device).toSorted(), shownNames());
        assert.doesNotMatch(exporter.log.replaceAll('\n', ''), /\p{C}|\p{Zl}|\p{Zp}/u);
      } finally {
        await exporter.close();
      }
    });
  }
});

function isUp({ name, value }: Sample): boolean {
  return name === 'xdp_device_up' && value === 1;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
