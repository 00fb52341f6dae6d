// SPDX-License-Identifier: Apache-2.0
// Clients that send thousands of requests without waiting for an answer, at the memory that the chart asks for.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { besiege, dial, exchangeBytes, hear, statusesOf } from './support/crowd.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { exporterBytes } from './support/memory.ts';
import { createNamespace, type Namespace, until } from './support/namespace.ts';
import { wireOf } from './support/wire-pid.ts';

/** As in the chart, whose limit covers the rings and the engine's heap as well. */
const HEAP = '--max-old-space-size=128';
const LIMIT_MIB = 448;
const MIB = 1024 * 1024;

const CONNECTIONS = 64;
/** On each connection. */
const REQUESTS = 2_600;
const SIEGE_SECONDS = Number(process.env['XDP_SIEGE_SECONDS'] ?? 10);

const SCRAPE = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n';

describe('an exporter whose clients pipeline', { skip: skipUnlessRoot }, () => {
  let namespace: Namespace;
  let exporter: ExporterProcess;
  let wire: number | undefined;

  before(async () => {
    namespace = await createNamespace();
    const args = ['--netns', namespace.name, '--device', 'v0'];
    exporter = await ExporterProcess.start(args, { nodeFlags: [HEAP] });
    wire = wireOf(exporter.pid);
  });
  after(async () => {
    await exporter?.close();
    await namespace?.close();
  });

  /** By a client at an address of its own. Returns how long it took. */
  async function timeScrape(): Promise<number> {
    const askedMs = performance.now();
    const request = `${SCRAPE}Connection: close\r\n\r\n`;
    let answer = '';
    // Just after a burst the places of those that left may still be taken: 503, and then it is asked again.
    await until('a scrape succeeds', async () => {
      answer = await exchangeBytes(exporter.url, request, '127.0.0.2');
      return statusesOf(answer).includes(200);
    });
    assert.match(answer, /^xdp_device_up\{device="v0"\} 1$/m);
    return performance.now() - askedMs;
  }

  /** Also that it is the same process which serves. */
  function assertBounded(): void {
    assert.equal(wireOf(exporter.pid), wire);
    const heldMib = exporterBytes(exporter.pid) / MIB;
    assert.ok(heldMib < LIMIT_MIB, `${heldMib} MiB`);
  }

  /** @param index of the client, which has its own address */
  async function burst(index: number, bytes: string): Promise<void> {
    const socket = await dial(exporter.url, `127.0.1.${index}`);
    const over = hear(socket);
    socket.on('error', () => {});
    socket.write(bytes);
    await delay(1_000);
    socket.resetAndDestroy();
    await over;
  }

  const requests = {
    'requests for the landing page': 'GET / HTTP/1.1\r\nHost:localhost\r\n\r\n',
    'requests without a host': 'GET / HTTP/1.1\r\n\r\n',
    scrapes: `${SCRAPE}\r\n`,
  };
  for (const [what, request] of Object.entries(requests)) {
    test(`goes on when ${CONNECTIONS} send ${REQUESTS} ${what} each at once, six times over`, async () => {
      const bytes = request.repeat(REQUESTS);
      for (let round = 0; round < 6; round++) {
        const crowd = Array.from({ length: CONNECTIONS }, (_, index) => burst(index, bytes));
        await delay(500);
        assertBounded();
        await Promise.all(crowd);
        await timeScrape();
        assertBounded();
      }
    });
  }

  test(`serves others while ${CONNECTIONS} connections pipeline for ${SIEGE_SECONDS} s`, async () => {
    const request = `${SCRAPE}\r\n`;
    const manner = { connections: CONNECTIONS, atOnce: REQUESTS, request, comesBack: true };
    const siege = besiege(exporter.url, manner);
    const tookMs: number[] = [];
    try {
      await until('the attack is on', () => siege.answers > 500);
      const endMs = performance.now() + SIEGE_SECONDS * 1_000;
      while (performance.now() < endMs) {
        tookMs.push(await timeScrape());
        assertBounded();
        await delay(100);
      }
      const before = siege.answers;
      await until('the attack is still on', () => siege.answers > before);
    } finally {
      siege.close();
    }
    const medianMs = tookMs.toSorted((one, other) => one - other)[tookMs.length >> 1] ?? NaN;
    assert.ok(medianMs < 2_000, `${medianMs} ms`);
    await timeScrape();
  });
});
