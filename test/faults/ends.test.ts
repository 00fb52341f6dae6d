// SPDX-License-Identifier: Apache-2.0
// Ends at any moment: by kill -9 under load, and by SIGTERM at random moments of the start. Nothing is left behind.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { ExporterProcess, MAIN } from '../e2e/support/exporter-process.ts';
import { createOpenLab } from '../e2e/support/lab.ts';
import { run, until } from '../e2e/support/namespace.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { Holdings } from './support/leftovers.ts';

const ROUNDS = Number(process.env['XDP_TEST_ROUNDS'] ?? 5);

/** Packets a second meanwhile. */
const LOAD = Number(process.env['XDP_TEST_RATE'] ?? 100_000);

/** From the start of the process to metrics that are served. */
const START_LIMIT_MS = 2000;

describe('an end at any moment', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let folder: string;
  let namespaces: string;

  before(async () => {
    lab = await createOpenLab('ends');
    folder = mkdtempSync(join(tmpdir(), 'xdp-ends-'));
    namespaces = await ownNamespaces();
  });
  after(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const socket = () => join(folder, 'control.sock');
  const args = () => [
    ...['--netns', lab.rx.netns, '--device', lab.rx.device],
    ...['--control.socket', socket()],
  ];

  /** Those of this process's lab: others may come and go. */
  async function ownNamespaces(): Promise<string> {
    const lines = (await run('ip', 'netns', 'list')).split('\n');
    return lines
      .filter((line) => line.includes(`-${process.pid}-`))
      .toSorted()
      .join();
  }

  async function programId(): Promise<number | undefined> {
    const { netns, device } = lab.rx;
    const [link] = JSON.parse(await run('ip', '-n', netns, '-j', '-d', 'link', 'show', device));
    return link.xdp?.prog?.id;
  }

  async function assertNothingLeft(holdings: Holdings): Promise<void> {
    let left: readonly string[] = [];
    const isGone = async () => {
      left = await holdings.left();
      return left.length === 0 && (await programId()) === undefined;
    };
    await until('nothing is left', isGone, 3).catch((cause: unknown) => {
      throw new Error(`left behind: ${left.join(', ')}`, { cause });
    });
    assert.equal(await ownNamespaces(), namespaces);
    const pins = existsSync('/sys/fs/bpf') ? readdirSync('/sys/fs/bpf') : [];
    assert.deepEqual(
      pins.filter((name) => name.includes('exporter')),
      [],
    );
  }

  /** Starts it, and says how long it took to serve. */
  async function startInTime(): Promise<{ exporter: ExporterProcess; ms: number }> {
    const startedAtMs = performance.now();
    const exporter = await ExporterProcess.start(args());
    return { exporter, ms: performance.now() - startedAtMs };
  }

  function assertInTime(starts: readonly number[]): void {
    const sorted = starts.toSorted((a, b) => a - b);
    const median = sorted[sorted.length >> 1] ?? 0;
    assert.ok(median < START_LIMIT_MS, `${starts.map(Math.round).join(', ')} ms to serve`);
  }

  test(`by kill -9 under load leaves nothing, ${ROUNDS} times, and the next start serves in time`, async (t) => {
    const load = startGenerator({ ...lab.tx, durationSeconds: 3600, rate: LOAD });
    const starts: number[] = [];
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const { exporter, ms } = await startInTime();
        starts.push(ms);
        const holdings = new Holdings(exporter.pid);
        holdings.look();
        assert.ok(holdings.size > 3, 'it holds maps, a program and a link');
        await exporter.kill('SIGKILL');
        await assertNothingLeft(holdings);
      }
    } finally {
      await load.stop();
    }
    t.diagnostic(`starts: ${starts.map(Math.round).join(', ')} ms`);
    assertInTime(starts);
  });

  test(`by SIGTERM at random moments of the start leaves nothing, ${ROUNDS} times`, async (t) => {
    const { exporter, ms } = await startInTime();
    await exporter.kill('SIGTERM');
    const ends: string[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const child = spawn(
        process.execPath,
        [MAIN, 'run', ...args(), '--web.listen-address', ':0'],
        {
          stdio: ['ignore', 'ignore', 'pipe'],
        },
      );
      ends.push(await endAt(child, Math.random() * ms * 1.2));
      assert.equal(existsSync(socket()), false, 'the control socket is removed');
    }
    t.diagnostic(ends.join(', '));
    const next = await startInTime();
    await next.exporter.kill('SIGTERM');
    assertInTime([next.ms]);
  });

  async function endAt(child: ChildProcess, ms: number): Promise<string> {
    const holdings = new Holdings(child.pid ?? 0);
    const watch = holdings.watch();
    let log = '';
    child.stderr?.on('data', (chunk) => {
      log += chunk;
    });
    const ended = once(child, 'close');
    await delay(ms);
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    const [code, signal] = await ended;
    clearTimeout(timer);
    holdings.stop();
    await watch;
    // Before a handler is installed, Node ends as any process does.
    assert.ok(code === 0 || signal === 'SIGTERM', `after ${ms} ms: ${code} ${signal}\n${log}`);
    assert.doesNotMatch(log, /^ +at /m);
    await assertNothingLeft(holdings);
    return `${Math.round(ms)} ms: ${code ?? signal}`;
  }
});
