// SPDX-License-Identifier: Apache-2.0
// With --state.pin an exporter may end at any moment, of its start or under load: the totals of the last one are exact all the
// same, and unpin leaves nothing.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type GeneratorProcess, startGenerator } from '../../src/demo/generator-process.ts';
import { MAIN, runMain } from '../e2e/support/exporter-process.ts';
import { until } from '../e2e/support/namespace.ts';
import { atRest } from '../e2e/support/outcomes.ts';
import { bytesOf, createdOf, PinnedLab } from '../e2e/support/pinned-lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { Holdings } from './support/leftovers.ts';

const ROUNDS = Number(process.env['XDP_TEST_ROUNDS'] ?? 5);

/** Packets a second meanwhile. */
const LOAD = Number(process.env['XDP_TEST_RATE'] ?? 100_000);

/** From the start of the process to metrics that are served. */
const START_LIMIT_MS = 2000;

/** The longest that one is left to count before it is killed. */
const LIFE_MS = 300;

describe('a pinned state', { skip: skipUnlessRoot }, () => {
  let lab: PinnedLab;
  let load: GeneratorProcess;
  let created: number;
  let program: number | undefined;
  const starts: number[] = [];

  before(async () => {
    lab = await PinnedLab.create('pinnedends');
    const first = await startInTime();
    created = await createdOf(first);
    program = await lab.programId();
    load = startGenerator({ ...lab.lab.tx, durationSeconds: 3600, rate: LOAD });
    await first.kill('SIGTERM');
  });
  after(async () => {
    await load?.stop();
    await lab?.close();
  });

  async function startInTime() {
    const startedAtMs = performance.now();
    const exporter = await lab.start();
    starts.push(performance.now() - startedAtMs);
    return exporter;
  }

  const medianMs = () => starts.toSorted((a, b) => a - b)[starts.length >> 1] ?? 0;

  test(`lives through ${ROUNDS} times kill -9 under load`, async (t) => {
    for (let round = 0; round < ROUNDS; round++) {
      const exporter = await startInTime();
      await delay(Math.random() * LIFE_MS);
      await exporter.kill('SIGKILL');
      assert.equal(await lab.programId(), program);
    }
    t.diagnostic(`starts: ${starts.map(Math.round).join(', ')} ms`);
    assert.ok(medianMs() < START_LIMIT_MS, `${starts.map(Math.round).join(', ')} ms to serve`);
  });

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    test(`lives through ${ROUNDS} times ${signal} at random moments of the start`, async (t) => {
      const ends: string[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        ends.push(await endAt(signal, Math.random() * medianMs() * 1.2));
        assert.equal(await lab.programId(), program);
      }
      t.diagnostic(ends.join(', '));
    });
  }

  async function endAt(signal: NodeJS.Signals, ms: number): Promise<string> {
    const args = [MAIN, 'run', ...lab.args, '--web.listen-address', ':0'];
    const child: ChildProcess = spawn(process.execPath, [...args, '--control.socket', 'off'], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let log = '';
    child.stderr?.on('data', (chunk) => {
      log += chunk;
    });
    const ended = once(child, 'close');
    await delay(ms);
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    const [code, by] = await ended;
    clearTimeout(timer);
    assert.ok(code === 0 || by === signal, `after ${ms} ms: ${code} ${by}\n${log}`);
    assert.doesNotMatch(log, /^ +at |counters start anew/m);
    return `${Math.round(ms)} ms: ${code ?? by}`;
  }

  test('has every packet of all that time in its totals, and is gone after unpin', async (t) => {
    const { sent, bytes, seconds } = await load.stop();
    const exporter = await startInTime();
    const outcomes = await atRest(exporter, sent);
    t.diagnostic(`${sent} packets in ${seconds} s: ${JSON.stringify(outcomes)}`);
    assert.equal(bytesOf(await exporter.scrape()), bytes);
    assert.equal(await createdOf(exporter), created);
    const holdings = new Holdings(exporter.pid);
    holdings.look();
    await exporter.kill('SIGKILL');
    assert.equal((await runMain(['unpin', lab.bpf.pins])).code, 0);
    assert.equal(await lab.programId(), undefined);
    await until('nothing is left', async () => (await holdings.left()).length === 0);
    assert.deepEqual(
      readdirSync(lab.bpf.path).filter((name) => !name.endsWith('.debug')),
      [],
    );
  });
});
