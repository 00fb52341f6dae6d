// SPDX-License-Identifier: Apache-2.0
// The demo of observing, as typed: a filter of another process drops a flood, and /metrics has its verdicts.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MAIN } from '../e2e/support/exporter-process.ts';
import { parseExposition, type Samples, sumOf } from '../e2e/support/exposition.ts';
import { skipBefore } from '../kernel/support/kernel-version.ts';

const skip = skipBefore('5.18', "for the demo's traffic");

/** Far less than an emulated machine bears, so that no ring overflows. */
const FLAGS = ['--observe', '--rate', '1000', '--web.listen-address', '127.0.0.1:0'];

test('demo --observe shows a foreign filter dropping a flood', {
  skip,
  timeout: 240_000,
}, async () => {
  const demo = spawn(process.execPath, [MAIN, 'demo', ...FLAGS], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(demo, 'close');
  const said: string[] = [];
  let log = '';
  demo.stderr.on('data', (chunk) => {
    log += chunk;
  });
  try {
    for await (const line of createInterface({ input: demo.stdout })) {
      said.push(line);
      if (/ so far, /.test(line) && demo.exitCode === null && !demo.killed) {
        checkMetrics(await scrapeUntilDropped(said), said);
        demo.kill('SIGINT');
      }
    }
  } finally {
    demo.kill('SIGINT');
  }
  assert.deepEqual(await ended, [0, null], `${said.join('\n')}\n${log}`);
  const end = /^sent ([\d,]+) packets, counted ([\d,]+), ([\d,]+) of them dropped by the filter$/;
  const [sent = 0, counted, dropped = 0] = (end.exec(said.at(-1) ?? '') ?? [])
    .slice(1)
    .map((digits) => Number(digits.replaceAll(',', '')));
  assert.ok(sent > 1000, said.join('\n'));
  assert.equal(counted, sent);
  assert.ok(Math.abs(dropped / sent - 0.5) < 0.02, said.join('\n'));
});

async function scrapeUntilDropped(said: readonly string[]): Promise<Samples> {
  const url = /^metrics: (\S+)$/m.exec(said.join('\n'))?.[1] ?? '';
  for (;;) {
    const samples = parseExposition(await (await fetch(url)).text());
    if (sumOf(samples, 'xdp_packets_total', { action: 'drop' }) > 500) {
      return samples;
    }
    await sleep(200);
  }
}

function checkMetrics(samples: Samples, said: readonly string[]): void {
  const [, id] = /^filter: .*"demo_flood_filter" \(id (\d+)\)/m.exec(said.join('\n')) ?? [];
  const labels = { role: 'observed', program: 'demo_flood_filter', id: `${id}` };
  assert.equal(sumOf(samples, 'xdp_program_info', labels), 1);
  assert.ok(sumOf(samples, 'xdp_packets_total', { action: 'pass' }) > 0);
  // The whole flood is from 198.18.0.0/15, and all of it is of one length.
  const drops = sumOf(samples, 'xdp_packets_total', { action: 'drop' });
  assert.equal(sumOf(samples, 'xdp_bytes_total', { action: 'drop' }), 60 * drops);
}
