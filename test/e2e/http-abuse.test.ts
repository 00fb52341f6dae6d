// SPDX-License-Identifier: Apache-2.0
// Hostile clients of the real exporter: none keeps others from the metrics, ends it or makes it grow.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import {
  besiege,
  descriptorCount,
  dial,
  exchangeBytes,
  hear,
  repeat,
  statusesOf,
} from './support/crowd.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { sumOf } from './support/exposition.ts';
import { exporterBytes } from './support/memory.ts';
import { until } from './support/namespace.ts';
import { wireOf } from './support/wire-pid.ts';

const HOST = 'HTTP/1.1\r\nHost: localhost\r\n';
const SCRAPE = `GET /metrics ${HOST}\r\n`;
const LAST_SCRAPE = `GET /metrics ${HOST}Connection: close\r\n\r\n`;
const MIB = 1024 * 1024;

describe('hostile HTTP clients', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;
  let wire: number;
  /** Of the wire when nobody is connected. */
  let fds: number;

  before(async () => {
    lab = await createLab({ name: 'http' });
    exporter = await ExporterProcess.start(['--netns', lab.rx.netns, '--device', lab.rx.device]);
    await startGenerator({ ...lab.tx, frames: 1000 }).done;
    // What the process takes once, whoever asks.
    await repeat(200, { atOnce: 10 }, () => exporter.scrape());
    // By then fetch has closed the connections that it kept.
    await delay(6_000);
    wire = wireOf(exporter.pid) ?? assert.fail('there is no wire');
    fds = descriptorCount(wire);
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  /** It is the same process that still answers, and what it counted is still there. */
  async function assertAlive(): Promise<void> {
    assert.equal(sumOf(await exporter.scrape(), 'xdp_packets_total'), 1000);
    assert.equal(wireOf(exporter.pid), wire);
  }

  async function everybodyLeft(): Promise<void> {
    await until(`the descriptors are back at ${fds}`, () => descriptorCount(wire) <= fds, 20);
  }

  test('500 that never end their headers are gone within 8 s, and a scrape meanwhile takes less than 2 s', async () => {
    const startedMs = performance.now();
    let open = 500;
    const attack = Array.from({ length: 500 }, async () => {
      const socket = await dial(exporter.url).catch(() => undefined);
      socket?.write(`GET /metrics ${HOST}`);
      const trickle = setInterval(() => socket?.write('X'), 500);
      await (socket && hear(socket));
      clearInterval(trickle);
      open--;
    });
    for (let scrape = 0; scrape < 10; scrape++) {
      const askedMs = performance.now();
      await assertAlive();
      const tookMs = performance.now() - askedMs;
      assert.ok(tookMs < 2_000, `${tookMs} ms with ${open} attackers`);
      await delay(100);
    }
    assert.ok(open > 0, 'the attack was still going on');
    await Promise.all(attack);
    const tookMs = performance.now() - startedMs;
    assert.ok(tookMs < 8_000, `the last was closed after ${tookMs} ms`);
  });

  /** Of someone at another address: attackers may crowd out those that share theirs. Returns how long it took. */
  async function scrapeFromElsewhere(): Promise<number> {
    const askedMs = performance.now();
    const answer = await exchangeBytes(exporter.url, LAST_SCRAPE, '127.0.0.2');
    assert.deepEqual(statusesOf(answer), [200]);
    return performance.now() - askedMs;
  }

  for (const path of ['/readyz', '/metrics', '/', '/missing']) {
    test(`each of 20 scrapes gets the metrics in 2 s beside 64 that always ask for ${path}, and 500 without an end to their headers`, async () => {
      const request = `GET ${path} ${HOST}`;
      const unending = { connections: 500, atOnce: 1, request, comesBack: false };
      const asking = { connections: 64, atOnce: 4, request: `${request}\r\n`, comesBack: true };
      const sieges = [besiege(exporter.url, unending), besiege(exporter.url, asking)];
      const answers = () => sieges[1]?.answers ?? 0;
      try {
        await until('the attack is on', () => answers() > 500);
        for (let scrape = 0; scrape < 20; scrape++) {
          const tookMs = await scrapeFromElsewhere();
          assert.ok(tookMs < 2_000, `scrape ${scrape} took ${tookMs} ms`);
        }
        const before = answers();
        await until('the attack is still on', () => answers() > before);
      } finally {
        for (const siege of sieges) {
          siege.close();
        }
      }
    });
  }

  const refused: readonly [what: string, bytes: string, status: number][] = [
    ['8 KiB and a byte of headers', `GET / ${HOST}X: ${'y'.repeat(8 * 1024 + 1)}\r\n\r\n`, 431],
    [
      'chunk extensions',
      `GET /metrics ${HOST}Transfer-Encoding: chunked\r\n\r\n1;${'e'.repeat(MIB)}\r\nx\r\n`,
      413,
    ],
    [
      'a request smuggled as a body',
      `GET / ${HOST}Content-Length: ${SCRAPE.length}\r\n\r\n${SCRAPE}`,
      413,
    ],
    [
      'two framings',
      `POST / ${HOST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SCRAPE}`,
      400,
    ],
    ['a TLS hello', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', 400],
  ];
  for (const [what, bytes, status] of refused) {
    test(`${what}: ${status}, and the connection ends`, async () => {
      assert.deepEqual(statusesOf(await exchangeBytes(exporter.url, bytes)), [status]);
      await assertAlive();
    });
  }

  test('200 scrapes at once get the metrics, 503 or the end of their connection; none hangs', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, () => exchangeBytes(exporter.url, LAST_SCRAPE).catch(() => '')),
    );
    const counts = { full: 0, refused: 0, closed: 0 };
    for (const answer of answers) {
      const [status] = statusesOf(answer);
      assert.ok(status === undefined || status === 200 || status === 503, answer.slice(0, 100));
      assert.ok(status !== 200 || answer.endsWith('\n'));
      counts[status === 200 ? 'full' : status === 503 ? 'refused' : 'closed']++;
    }
    assert.ok(counts.full >= 10, JSON.stringify(counts));
    // How long a read of the kernel took tells it from the others.
    const duration = /^xdp_scrape_collector_duration_seconds.*$/gm;
    const reads = new Set(answers.map((answer) => answer.match(duration)?.join())).size;
    assert.ok(reads <= counts.full / 2, `${reads} reads for ${counts.full} answers`);
  });

  test('HEAD of the metrics, a thousand times, leaves nothing behind', async () => {
    const bytes = `HEAD /metrics ${HOST}Connection: close\r\n\r\n`;
    await repeat(1_000, { atOnce: 10 }, async () => {
      assert.match(await exchangeBytes(exporter.url, bytes), /^HTTP\/1.1 200 OK\r\n.*\r\n\r\n$/s);
    });
    await everybodyLeft();
    await assertAlive();
  });

  test('10,000 that connect and reset, some while they ask, leave no descriptor, and less than 16 MiB beyond what as many before took', async () => {
    let resets = 0;
    const connectAndReset = async () => {
      const socket = await dial(exporter.url).catch(() => undefined);
      if (resets++ % 3 === 0) {
        socket?.write(SCRAPE.repeat(2));
      }
      socket?.resetAndDestroy();
    };
    // The heap grows to what such a crowd takes, once, and stays so large.
    await repeat(10_000, { atOnce: 50 }, connectAndReset);
    const startBytes = exporterBytes(exporter.pid);
    await repeat(10_000, { atOnce: 50 }, connectAndReset);
    await everybodyLeft();
    await assertAlive();
    // The collector of garbage takes its time: what is held for good does not go away.
    const grownMib = () => (exporterBytes(exporter.pid) - startBytes) / MIB;
    await until('at most 16 MiB more are held', () => grownMib() <= 16, 30).catch(() => {});
    assert.ok(grownMib() <= 16, `${grownMib()} MiB more`);
  });
});
