// SPDX-License-Identifier: Apache-2.0
// A process to run in an exporter's network namespace: some read its answer a byte a second, one scrapes meanwhile.
// Prints a SlowReading as JSON when the exporter has let go of all slow readers, or after 20 s.
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { exchangeBytes } from './crowd.ts';

export const SLOW_READERS = fileURLToPath(import.meta.url);

export interface SlowReading {
  /** Of the metrics, with their head. */
  readonly answerBytes: number;
  /** When the exporter closed each slow reader's connection, counted from its request. */
  readonly closedMs: readonly number[];
  /** How long the scrapes of the other took, those without an answer left out. */
  readonly scrapesMs: readonly number[];
  readonly failures: number;
}

const READERS = 3;
const LIMIT_MS = 20_000;
const SCRAPE = 'GET /metrics HTTP/1.1\r\nHost: localhost\r\n';
const ESTABLISHED = '01';

/** A client cannot see it: the end of the connection waits behind what it has not read. Columns as in proc(5). */
function isOpenAtServer(serverPort: number, clientPort: number | undefined): boolean {
  const portOf = (address = '') => Number.parseInt(address.split(':')[1] ?? '', 16);
  return readFileSync('/proc/self/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .some(
      ([, local, remote, state]) =>
        state === ESTABLISHED && portOf(local) === serverPort && portOf(remote) === clientPort,
    );
}

function startReader(port: number, host: string): Socket {
  const onread = { buffer: Buffer.alloc(1), callback: () => false };
  const socket = connect({ port, host, onread });
  socket.on('error', () => {});
  socket.write(`${SCRAPE}\r\n`);
  return socket;
}

async function readSlowly(url: string): Promise<SlowReading> {
  const { hostname, port } = new URL(url);
  const startedMs = performance.now();
  const passedMs = () => performance.now() - startedMs;
  const open = new Set(Array.from({ length: READERS }, () => startReader(Number(port), hostname)));
  const closedMs: number[] = [];
  const scrapesMs: number[] = [];
  let answerBytes = 0;
  let failures = 0;
  let nextReadMs = 1_000;
  while (open.size > 0 && passedMs() < LIMIT_MS) {
    const askedMs = passedMs();
    const answer = await exchangeBytes(url, `${SCRAPE}Connection: close\r\n\r\n`).catch(() => '');
    if (answer.startsWith('HTTP/1.1 200 ') && answer.endsWith('\n')) {
      scrapesMs.push(passedMs() - askedMs);
      answerBytes = answer.length;
    } else {
      failures++;
    }
    for (const socket of open) {
      if (!isOpenAtServer(Number(port), socket.localPort)) {
        open.delete(socket);
        closedMs.push(passedMs());
      } else if (passedMs() >= nextReadMs) {
        socket.resume();
      }
    }
    nextReadMs += passedMs() >= nextReadMs ? 1_000 : 0;
    await delay(200);
  }
  return { answerBytes, closedMs, scrapesMs, failures };
}

const [, script, url] = process.argv;
if (script === SLOW_READERS && url !== undefined) {
  process.stdout.write(JSON.stringify(await readSlowly(url)), () => process.exit());
}
