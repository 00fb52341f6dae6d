// SPDX-License-Identifier: Apache-2.0
// npm run soak -- --minutes N: an exporter under load while all around it comes and goes. Prints what it promised and
// what was seen, as a table and as soak.json, and exits with 1 where a promise is broken.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { ExporterProcess } from '../e2e/support/exporter-process.ts';
import { type Samples, sumOf } from '../e2e/support/exposition.ts';
import { createOpenLab } from '../e2e/support/lab.ts';
import { until } from '../e2e/support/namespace.ts';
import { ScriptedCollector } from '../e2e/support/scripted-collector.ts';
import { flapping, floods, guests, viewers } from './support/disturbances.ts';
import type { LoopDelay } from './support/loop-delay.ts';
import { PROCESSES, Watcher } from './support/watcher.ts';

const IN_ENGINE = ['loop-delay', 'collect-garbage'].map((name) =>
  fileURLToPath(new URL(`./support/${name}.js`, import.meta.url)),
);
/** V8 compiles hot functions anew after each collection, which leaves holes among compiled code: they are no growth. */
const COLLECTING = ['--expose-gc', '--compact-on-every-full-gc'];
const MAX_SLOPE_BYTES = 2 ** 20;
const MAX_DELAY_MS = 20;

/** A slope of less is mostly noise: it is shown and not judged. */
const SLOPE_MINUTES = 30;

interface Promised {
  readonly what: string;
  readonly promised: string;
  readonly seen: string | number;
  readonly kept: boolean;
}

async function soak(minutes: number, rate: number): Promise<readonly Promised[]> {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-soak-'));
  const lab = await createOpenLab('soak');
  const collector = await ScriptedCollector.start();
  let exporter: ExporterProcess | undefined;
  try {
    const { netns, device } = lab.rx;
    const delayFile = join(folder, 'delay.json');
    const devices = ['--netns', netns, '--device', device, '--device', 'soak*'];
    const running = await ExporterProcess.start([...devices, '--otlp.endpoint', collector.url], {
      nodeFlags: [...COLLECTING, ...IN_ENGINE.flatMap((file) => ['--import', file])],
      env: { XDP_TEST_LOOP_DELAY: delayFile, OTEL_METRIC_EXPORT_INTERVAL: '2000' },
    });
    exporter = running;
    const watcher = new Watcher(running);
    const signal = AbortSignal.timeout(minutes * 60_000);
    const load = startGenerator({ ...lab.tx, durationSeconds: minutes * 60, rate });
    let sent = 0;
    const flooded = floods(lab, 100_000, (frames) => {
      sent += frames;
    });
    const [, pushes, looks, comings, bursts] = await Promise.all([
      watcher.watch(signal),
      flapping(collector)(signal),
      viewers(running.url)(signal),
      guests(lab)(signal),
      flooded(signal),
    ]);
    sent += (await load.stop()).sent;
    const last = await lastScrape(watcher, device);
    const ended = await running.kill('SIGTERM');
    const delay = JSON.parse(readFileSync(delayFile, 'utf8')) as LoopDelay;
    const packets = sumOf(last, 'xdp_packets_total', { device });
    const records = sumOf(last, 'xdp_logger_packets_total', { device });
    const failed = [...last].filter(
      ([name, value]) => name.startsWith('xdp_scrape_collector_success') && value === 0,
    );
    process.stderr.write(
      `soak: ${looks} viewers, ${comings} devices came and went, ${bursts} floods, ${pushes} phases of the collector\n`,
    );
    return [
      equal('packets counted', sent, packets),
      equal('packets of the logger, by what became of them', sent, records),
      equal('series that went back', 0, watcher.wentBack.length, watcher.wentBack[0]),
      equal('scrapes that failed', 0, watcher.failedScrapes),
      equal('collectors that failed at the end', 0, failed.length),
      equal('restarts of the wire', 0, sumOf(last, 'xdp_exporter_wire_restarts_total')),
      equal('exit code', 0, ended.code ?? -1),
      ...slopes(watcher, minutes),
      equal(
        'descriptors after warm-up and at the end',
        watcher.descriptors.before,
        watcher.descriptors.after,
      ),
      atMost('p99 of the delay of the engine’s loop, ms', MAX_DELAY_MS, delay.p99Ms),
      seen('largest delay of the engine’s loop, ms', delay.maxMs),
      seen('slowest of the scrapes, ms', watcher.slowestScrapeMs),
      seen('scrapes', watcher.scrapes),
      seen('packets per second', packets / (minutes * 60)),
    ];
  } finally {
    await exporter?.close();
    await collector.close();
    await lab.close();
    rmSync(folder, { recursive: true });
  }
}

/** When everything that was sent has been dealt with, or as it is after a while. */
async function lastScrape(watcher: Watcher, device: string): Promise<Samples> {
  let samples: Samples = new Map();
  await until('nothing is pending', async () => {
    samples = await watcher.scrape();
    return sumOf(samples, 'xdp_logger_pending_packets', { device }) === 0;
  }).catch(() => {});
  return samples;
}

function slopes(watcher: Watcher, minutes: number): readonly Promised[] {
  const judged = minutes >= SLOPE_MINUTES;
  return PROCESSES.flatMap((name) => {
    const { anonymousBytes, fileBytes } = watcher.residentOf(name);
    const what = `growth of the ${name} after warm-up, bytes per hour`;
    const grown = watcher.growthOf(name, 'anonymousBytes');
    return [
      judged ? atMost(what, MAX_SLOPE_BYTES, grown) : seen(what, grown),
      seen(`memory of the ${name}, bytes`, anonymousBytes),
      seen('growth of its files in memory, bytes per hour', watcher.growthOf(name, 'fileBytes')),
      seen('its files in memory, bytes', fileBytes),
    ];
  });
}

function equal(what: string, promised: number, value: number, example?: string): Promised {
  const seenText = example === undefined ? value : `${value}, such as ${example}`;
  return { what, promised: String(promised), seen: seenText, kept: value === promised };
}

function atMost(what: string, limit: number, value: number): Promised {
  return { what, promised: `<= ${limit}`, seen: round(value), kept: value <= limit };
}

function seen(what: string, value: number): Promised {
  return { what, promised: '', seen: round(value), kept: true };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}

function table(rows: readonly Promised[]): string {
  return rows
    .map(({ what, promised, seen: value, kept }) =>
      [kept ? 'ok    ' : 'BROKEN', what.padEnd(52), promised.padStart(14), String(value)].join(
        '  ',
      ),
    )
    .join('\n');
}

if (process.getuid?.() !== 0) {
  process.stderr.write('soak: needs root: it loads BPF programs and makes network namespaces\n');
  process.exit(2);
}
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '60' },
    rate: { type: 'string', default: '1000000' },
  },
});
const minutes = Number(values.minutes);
const rate = Number(values.rate);
if (!(minutes > 0 && rate > 0)) {
  process.stderr.write(
    `soak: --minutes "${values.minutes}" and --rate "${values.rate}" must be above 0\n`,
  );
  process.exit(2);
}
const promises = await soak(minutes, rate);
const machine = { kernel: release(), node: process.version };
writeFileSync('soak.json', `${JSON.stringify({ machine, minutes, rate, promises }, null, 2)}\n`);
process.stdout.write(`${table(promises)}\n`);
process.exit(promises.every(({ kept }) => kept) ? 0 : 1);
