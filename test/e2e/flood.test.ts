// SPDX-License-Identifier: Apache-2.0
// A flood of made-up source addresses: memory and series stay bounded, and a real heavy hitter stays visible.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { GeneratorOptions } from '../../src/generator/options.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { type Samples, sumOf } from './support/exposition.ts';
import { exporterBytes } from './support/memory.ts';
import { until } from './support/namespace.ts';
import { atRest, outcomesOf } from './support/outcomes.ts';

const FRAMES = 10_000_000;
const MIB = 1024 * 1024;
/** 2K+1 with the default K. */
const MAX_SERIES = 41;
const TABLE_SIZE = 65_536;
const HEAVY = '192.0.2.1';

type Mix = NonNullable<GeneratorOptions['mix']>;

const FLOOD_V4: Mix = [
  { family: 4, protocol: 'udp', weight: 5, sources: { kind: 'fixed', prefix: `${HEAVY}/32` } },
  {
    family: 4,
    protocol: 'udp',
    weight: 95,
    sources: { kind: 'uniform', count: 10_000_000, prefix: '10.0.0.1/8' },
  },
];
const FLOOD_V6: Mix = [
  {
    family: 6,
    protocol: 'udp',
    sources: { kind: 'uniform', count: 10_000_000, prefix: '2001:db8::1/64' },
  },
];

describe('under a flood of ten million random sources', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;

  before(async () => {
    lab = await createLab({ name: 'flood' });
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, '--device', lab.rx.device]);
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  /** Scrapes twice a second until the load is over; `each` judges every scrape. */
  async function watch(
    load: Promise<unknown>,
    each: (samples: Samples, seconds: number) => void,
  ): Promise<void> {
    const start = performance.now();
    const isDone = load.then(() => true);
    const pause = () => new Promise<false>((resolve) => setTimeout(resolve, 500, false));
    do {
      each(await exporter.scrape(), (performance.now() - start) / 1000);
    } while (!(await Promise.race([isDone, pause()])));
  }

  function judgeBounds(samples: Samples): void {
    const series = sourceSeries(samples);
    assert.ok(series.length <= MAX_SERIES, `${series.length} series`);
    const tracked = sumOf(samples, 'xdp_sources_tracked');
    assert.ok(tracked <= TABLE_SIZE, `${tracked} tracked`);
  }

  test('a source that sends 5 % is shown, and memory and series stay bounded', async () => {
    const warmUp = startGenerator({ ...lab.tx, frames: 1_000_000, mix: FLOOD_V4 });
    await warmUp.done;
    const before = exporterBytes(exporter.pid);
    const load = startGenerator({
      ...lab.tx,
      frames: FRAMES,
      rate: 500_000,
      cpu: 0,
      mix: FLOOD_V4,
    });
    let late = 0;
    let shown = 0;
    await watch(load.done, (samples, seconds) => {
      judgeBounds(samples);
      if (seconds > 10) {
        late++;
        shown += sumOf(samples, 'xdp_source_packets_total', { source_address: HEAVY }) > 0 ? 1 : 0;
      }
    });
    assert.ok(late > 10 && shown >= 0.99 * late, `shown in ${shown} of ${late} scrapes`);
    const v6 = startGenerator({ ...lab.tx, frames: FRAMES, cpu: 0, mix: FLOOD_V6 });
    await watch(v6.done, judgeBounds);
    const grown = exporterBytes(exporter.pid) - before;
    assert.ok(grown <= 16 * MIB, `grown by ${(grown / MIB).toFixed(1)} MiB`);
  });

  test('every packet is in exactly one series', async () => {
    await until(
      'every packet is recorded again',
      async () => (await exporter.scrape()).get('xdp_logger_sample_interval') === 1,
      90,
    );
    // Closes the gap on each CPU that sampling may have left open.
    for (const cpu of [0, 1]) {
      await startGenerator({ ...lab.tx, frames: 100, cpu }).done;
    }
    const { counted } = outcomesOf(await exporter.scrape());
    const { decoded, sampledOut } = await atRest(exporter, counted);
    const inSeries = sumOf(await exporter.scrape(), 'xdp_source_packets_total');
    assert.equal(inSeries, decoded + sampledOut);
  });
});

function sourceSeries(samples: Samples): string[] {
  return [...samples.keys()].filter((name) => name.startsWith('xdp_source_packets_total'));
}
