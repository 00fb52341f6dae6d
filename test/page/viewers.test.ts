// SPDX-License-Identifier: Apache-2.0
// Twenty who look at once, beside an exporter that counts: what it costs, and that nothing is lost.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { DEMO_MIX } from '../../src/demo/mix.ts';
import { ExporterProcess } from '../e2e/support/exporter-process.ts';
import { sumOf } from '../e2e/support/exposition.ts';
import { exporterBytes } from '../e2e/support/memory.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';

const VIEWERS = 20;
const PLACES = 8;
const RATE = 100_000;
const SECONDS = 8;
/** Of one CPU, for reading the kernel once more a second and writing eight times some kilobytes. */
const MAX_ADDED_SHARE = 0.05;
const MIB = 1024 * 1024;

describe('twenty viewers of the live page', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;
  before(async () => {
    lab = await createLab({ name: 'viewers' });
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, '--device', lab.rx.device]);
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  /** A client of its own, whose answer has begun. */
  async function look(index: number): Promise<IncomingMessage> {
    const localAddress = `127.0.0.${index + 2}`;
    const outgoing = request(new URL('/live/events', exporter.url), { agent: false, localAddress });
    const [incoming] = await once(outgoing.end(), 'response');
    incoming.on('error', () => {});
    return incoming;
  }

  async function cpuSeconds(): Promise<number> {
    return sumOf(await exporter.scrape(), 'xdp_process_cpu_seconds_total');
  }

  /** CPU seconds of both processes a second. */
  async function shareOver(seconds: number): Promise<number> {
    const before = await cpuSeconds();
    await delay(1_000 * seconds);
    return ((await cpuSeconds()) - before) / seconds;
  }

  test('cost the exporter next to nothing, lose no packet, and twelve of them are told to wait', async (t) => {
    const generator = startGenerator({
      ...lab.tx,
      durationSeconds: 120,
      rate: RATE,
      mix: DEMO_MIX,
    });
    await delay(3_000);
    const alone = await shareOver(SECONDS);
    const answers = await Promise.all(Array.from({ length: VIEWERS }, (_, index) => look(index)));
    const looking = answers.filter(({ statusCode }) => statusCode === 200);
    assert.equal(looking.length, PLACES);
    for (const answer of answers.filter(({ statusCode }) => statusCode !== 200)) {
      assert.equal(answer.statusCode, 503);
      assert.match(String(await answer.toArray()), /^8 viewers are connected to the live page/);
    }
    // All but one read; that one's events wait in the kernel.
    const [, ...readers] = looking;
    const received = readers.map(() => 0);
    for (const [index, reader] of readers.entries()) {
      reader.on('data', ({ length }) => {
        received[index] = (received[index] ?? 0) + length;
      });
    }
    await delay(1_000);
    const beforeBytes = exporterBytes(exporter.pid);
    const watched = await shareOver(SECONDS);
    const grownMib = (exporterBytes(exporter.pid) - beforeBytes) / MIB;
    for (const answer of looking) {
      answer.destroy();
    }
    const { sent } = await generator.stop();
    t.diagnostic(
      `CPU ${(100 * alone).toFixed(1)} % of a core alone, ${(100 * watched).toFixed(1)} % watched; ${grownMib.toFixed(1)} MiB more`,
    );
    assert.ok(
      received.every((bytes) => bytes > 1_000 * SECONDS),
      received.join(),
    );
    assert.ok(watched - alone < MAX_ADDED_SHARE, `${alone} alone, ${watched} watched`);
    assert.ok(grownMib < 16, `${grownMib} MiB`);
    await delay(500);
    const samples = await exporter.scrape();
    assert.equal(sumOf(samples, 'xdp_packets_total'), sent);
    const outcomes = sumOf(samples, 'xdp_logger_packets_total');
    assert.equal(outcomes, sent);
    for (const outcome of ['ring_full', 'no_ring']) {
      assert.equal(sumOf(samples, 'xdp_logger_packets_total', { outcome }), 0, outcome);
    }
  });
});
