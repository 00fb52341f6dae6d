// SPDX-License-Identifier: Apache-2.0
// A real Prometheus asks for protobuf, keeps the packet sizes as a native histogram, and answers for it to the packet.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { classicSamples, readProtobuf } from '../unit/export/protobuf/read-protobuf.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { ACCEPT_PROTOBUF, readSamples, type Sample } from './support/exposition.ts';
import { until } from './support/namespace.ts';
import { PrometheusServer } from './support/prometheus-server.ts';

/** From 2.40 on, this also has it ask for protobuf. */
const NATIVE = '--enable-feature=native-histograms';
const NAME = 'xdp_packet_size_bytes';

/** Frames by their length, in three buckets: (64, 128], (512, 1024] and (1024, 2048]. */
const FRAMES = { 100: 6_000, 1000: 3_000, 1500: 1_000 };

describe('native histograms', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;

  before(async () => {
    lab = await createLab({ name: 'native' });
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, '--device', lab.rx.device]);
    for (const [length, frames] of Object.entries(FRAMES)) {
      const mix = [{ family: 4, protocol: 'udp', length: Number(length) }] as const;
      await startGenerator({ ...lab.tx, frames, mix }).done;
    }
    const metrics = () => exporter.get('metrics');
    await until('all are counted', async () => /_count\{[^}]*\} 10000\n/.test(await metrics()));
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  for (const encoding of ['identity', 'gzip']) {
    test(`a scrape in protobuf says what one in text says, as ${encoding}`, async () => {
      const headers = { Accept: ACCEPT_PROTOBUF, 'Accept-Encoding': encoding };
      const answer = await fetch(new URL('metrics', exporter.url), { headers });
      assert.equal(answer.headers.get('content-type'), ACCEPT_PROTOBUF.replaceAll(';', '; '));
      assert.equal(answer.headers.get('content-encoding') ?? 'identity', encoding);
      const families = readProtobuf(new Uint8Array(await answer.arrayBuffer()));
      const samples = readSamples(await exporter.get('metrics'));
      const ofFrames = ({ name }: Sample) => /^xdp_(packets|bytes|packet_size)/.test(name);
      assert.deepEqual(families.flatMap(classicSamples).filter(ofFrames), samples.filter(ofFrames));
      assert.deepEqual(
        families.flatMap(classicSamples).map(({ name }) => name),
        samples.map(({ name }) => name),
      );
    });
  }

  test('Prometheus keeps one series a device, and answers for every packet', async () => {
    const server = await PrometheusServer.scraping(exporter.url, [NATIVE]);
    try {
      const ask = async (expr: string) => (await server.query(expr))[0]?.points[0]?.[1];
      await until('it has scraped', async () => (await ask('up')) === 1, 30);
      await until(
        'it has sizes',
        async () => (await ask(`histogram_count(${NAME})`)) !== undefined,
        30,
      );
      assert.equal(await ask(`histogram_count(${NAME})`), 10_000);
      assert.equal(
        await ask(`histogram_sum(${NAME})`),
        100 * 6_000 + 1_000 * 3_000 + 1_500 * 1_000,
      );
      for (const [bound, part] of [
        [64, 0],
        [128, 0.6],
        [512, 0.6],
        [1_024, 0.9],
        [2_048, 1],
      ]) {
        assert.equal(await ask(`histogram_fraction(0, ${bound}, ${NAME})`), part, `up to ${bound}`);
      }
      const median = (await ask(`histogram_quantile(0.5, ${NAME})`)) ?? Number.NaN;
      assert.ok(median > 64 && median <= 128, `a median of ${median}`);
      const highest = (await ask(`histogram_quantile(0.95, ${NAME})`)) ?? Number.NaN;
      assert.ok(highest > 1_024 && highest <= 2_048, `a quantile of ${highest}`);
      assert.equal(await ask(`count({__name__=~"${NAME}.*"})`), 1);
      assert.equal(await ask('sum(xdp_packets_total)'), 10_000);
      assert.equal(await ask('xdp_device_up'), 1);
      const { type } = (await server.metadata(NAME)) ?? {};
      assert.equal(type, 'histogram');
    } finally {
      await server.close();
    }
  });
});
