// SPDX-License-Identifier: Apache-2.0
// The process that checks passwords: what it costs others when it is flooded, and what becomes of it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { parseExposition, sumOf } from './support/exposition.ts';
import { until } from './support/namespace.ts';
import { atRest, outcomesOf } from './support/outcomes.ts';
import { SecureClient } from './support/secure-client.ts';
import { hashOf, WebFolder } from './support/web-folder.ts';
import { assertWithoutRights, isAlive, wireOf } from './support/wire-pid.ts';

const FLOOD = fileURLToPath(new URL('./support/password-flood.js', import.meta.url));
const TRIES = 1_000;
const SECONDS = Number(process.env['XDP_FLOOD_SECONDS'] ?? 3);
/** Packets a second. A million of them and the tries at once take more CPUs than small machines have. */
const RATE = Number(process.env['XDP_TEST_RATE'] ?? 200_000);
/** As Prometheus' documents have it. */
const COST = 10;

const RIGHT = { authorization: `Basic ${btoa('prometheus:right')}` };

describe('the process that checks passwords', { skip: skipUnlessRoot }, () => {
  let folder: WebFolder;
  before(() => {
    folder = new WebFolder();
  });
  after(() => folder?.close());

  const users = (cost?: number) => `basic_auth_users:\n  prometheus: ${hashOf('right', cost)}\n`;

  function checkerOf(exporter: ExporterProcess): number | undefined {
    const path = `/proc/${exporter.pid}/task/${exporter.pid}/children`;
    const children = readFileSync(path, 'utf8').match(/\d+/g) ?? [];
    const checker = children.find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/passwords/passwords.js\0'),
    );
    return checker === undefined ? undefined : Number(checker);
  }

  test(`${TRIES} wrong passwords a second for ${SECONDS} s cost no packet, and no scrape more than 100 ms`, async (context) => {
    const lab: Lab = await createLab({ name: 'guess' });
    context.after(() => lab.close());
    const exporter = await ExporterProcess.start([
      ...['--netns', lab.rx.netns, '--device', lab.rx.device],
      ...['--web.config.file', folder.write(users(COST))],
    ]);
    context.after(() => exporter.close());
    const scrape = async () => {
      const startMs = performance.now();
      const answer = await fetch(exporter.url, { headers: RIGHT });
      const text = await answer.text();
      assert.equal(answer.status, 200, text);
      return { samples: parseExposition(text), tookMs: performance.now() - startMs };
    };
    const scrapesFor = async (seconds: number) => {
      const tookMs: number[] = [];
      const endMs = performance.now() + 1_000 * seconds;
      while (performance.now() < endMs) {
        tookMs.push((await scrape()).tookMs);
        await delay(50);
      }
      return tookMs.toSorted((one, other) => one - other);
    };
    await scrape();
    const load = startGenerator({ ...lab.tx, durationSeconds: 120, rate: RATE, cpu: 0 });
    // What a scrape takes on this machine, beside whatever else runs on it.
    const calmMs = medianOf(await scrapesFor(Math.max(1, SECONDS / 3)));
    const calm = outcomesOf((await scrape()).samples);
    // Such clients are elsewhere: here they take what the exporter leaves of the machine.
    const guess = ['-n', '10', process.execPath, FLOOD, exporter.url, String(TRIES)];
    const flood = spawn('nice', guess, { stdio: ['pipe', 'pipe', 'inherit'] });
    context.after(() => flood.kill('SIGKILL'));
    const tookMs = await scrapesFor(SECONDS);
    const told: Buffer[] = [];
    flood.stdout.on('data', (chunk) => told.push(chunk));
    flood.stdin.end();
    await once(flood, 'close');
    const { sent } = await load.stop();
    const { started, statuses } = JSON.parse(Buffer.concat(told).toString());
    const slowestMs = tookMs.at(-1);
    const medianMs = medianOf(tookMs);
    const tally = JSON.stringify({ sent, started, statuses, calmMs, medianMs, slowestMs });
    context.diagnostic(tally);
    const scraping = { scrape: async () => (await scrape()).samples };
    const { ringFull, noRing } = await atRest(scraping, sent);
    assert.equal(noRing, 0, tally);
    // A machine that has too much to do for its rings without any password proves nothing by what is lost.
    assert.ok(ringFull === 0 || calm.ringFull > 0, `${ringFull} lost: ${tally}`);
    assert.ok(medianMs < Math.max(100, 3 * calmMs), tally);
    // Nearly all are told at once that it is too much, and none is let in.
    assert.ok(statuses[429] > (statuses[401] ?? 0) && statuses[200] === undefined, tally);
    assert.equal(statuses['error'] ?? 0, 0, tally);
  });

  test('has no right, and ends with the exporter', async (context) => {
    const exporter = await ExporterProcess.start([
      ...['-i', 'none-such', '--web.config.file', folder.write(users())],
    ]);
    context.after(() => exporter.close());
    const checker = checkerOf(exporter) ?? assert.fail('there is none');
    assertWithoutRights(checker);
    await exporter.kill('SIGKILL');
    await until('it is gone', () => !isAlive(checker));
  });

  test('is started again, and a wire with it, where it dies', async (context) => {
    const exporter = await ExporterProcess.start([
      ...['-i', 'none-such', '--web.config.file', folder.write(users())],
    ]);
    context.after(() => exporter.close());
    const before = checkerOf(exporter) ?? assert.fail('there is none');
    process.kill(before, 'SIGKILL');
    const status = () =>
      fetch(exporter.url, { headers: RIGHT }).then(
        (answer) => answer.status,
        () => 0,
      );
    await until(
      'another serves',
      async () => checkerOf(exporter) !== before && (await status()) === 200,
      20,
    );
    assert.match(
      exporter.log,
      /the wire process ended: exit code 1: ExporterError: check passwords: the process for it has ended \(what checks passwords: SIGKILL\); counting continues/,
    );
  });

  test('comes when the file has users, without a scrape that fails', async (context) => {
    const exporter = await ExporterProcess.start([
      ...['-i', 'none-such', '--web.config.file', folder.write(folder.example('tls.yml'))],
    ]);
    context.after(() => exporter.close());
    assert.equal(checkerOf(exporter), undefined);
    const first = wireOf(exporter.pid);
    const client = new SecureClient(folder, { login: 'prometheus:right', keepAlive: false });
    const nobody = new SecureClient(folder, { keepAlive: false });
    context.after(() => {
      client.close();
      nobody.close();
    });
    folder.write(`${folder.example('tls.yml')}\n${users()}`);
    let without = 200;
    await until(
      'it asks for a password',
      async () => {
        assert.equal((await client.get(exporter.url)).status, 200);
        without = (await nobody.get(exporter.url)).status;
        return without === 401;
      },
      20,
    );
    assert.notEqual(wireOf(exporter.pid), first);
    assert.equal((await client.get(new URL('/healthz', exporter.url), '')).status, 200);
    const { body } = await client.get(exporter.url);
    assert.equal(sumOf(parseExposition(body), 'xdp_exporter_wire_restarts_total'), 0);
    assert.doesNotMatch(exporter.log, /level=error/);
  });
});

function medianOf(sorted: readonly number[]): number {
  return sorted[sorted.length >> 1] ?? Number.NaN;
}
