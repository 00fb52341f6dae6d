// SPDX-License-Identifier: Apache-2.0
// A process that tries so many wrong passwords a second, on connections that it keeps. Its arguments: url, tries a second.
// It writes how many answers of each status it had, as JSON, when its standard input ends.
import { Agent, request } from 'node:http';

const [url = '', rate = '1000'] = process.argv.slice(2);
const TICK_MS = 10;

/** Its own address: a client that guesses is another one than Prometheus. */
const agent = new Agent({ keepAlive: true, maxSockets: 12, localAddress: '127.0.0.9' });
const statuses: Record<string, number> = {};
let started = 0;
let waiting = 0;
const startMs = performance.now();

const timer = setInterval(() => {
  const due = ((performance.now() - startMs) / 1_000) * Number(rate);
  // What is not answered in time is not asked again later: else a pause would be followed by a burst.
  for (; started < due; started++) {
    if (waiting < 1_000) {
      ask(`prometheus:${started}`);
    }
  }
}, TICK_MS);

function ask(auth: string): void {
  const count = (what: string | number = 'none') => {
    statuses[what] = (statuses[what] ?? 0) + 1;
    waiting--;
  };
  waiting++;
  const outgoing = request(url, { agent, auth }, (response) => {
    response.resume().once('end', () => count(response.statusCode));
  });
  outgoing.once('error', () => count('error'));
  outgoing.end();
}

process.stdin.resume().once('end', () => {
  clearInterval(timer);
  process.stdout.write(JSON.stringify({ started, statuses }), () => process.exit(0));
});
