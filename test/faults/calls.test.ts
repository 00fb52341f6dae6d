// SPDX-License-Identifier: Apache-2.0
// Every call of libbpf, libc and netlink that the exporter makes fails, once and for ever, at its start and while it
// runs. Whatever it does then, it leaves no program behind, shows no number that is wrong, and says why it ends.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ExporterProcess } from '../e2e/support/exporter-process.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { FAILURES } from './support/calls.ts';
import { type Fault, FaultFile } from './support/fault.ts';
import { assertNoLie, assertRecovers, countsOf, FaultLab, flawsOf } from './support/fault-lab.ts';
import {
  describeFlaws,
  documentedOutcomes,
  exitOf,
  type Outcomes,
  writeOutcomes,
} from './support/outcomes.ts';

/** Of each sender, each time. */
const FRAMES = 100;

/** For the looks at devices and the measurement of programs to come by. */
const PROVOKE_MS = 700;

const TIMES = ['once', 'ever'] as const;

/** Only these; all where it is empty. */
const ONLY = (process.env['XDP_TEST_CALLS'] ?? '').split(',').filter((name) => name !== '');

describe('a call that fails', { skip: skipUnlessRoot }, () => {
  let lab: FaultLab;
  let file: FaultFile;
  let folder: string;
  /** By transport: what a start and a run call. */
  const called = new Map<string, ReadonlySet<string>>();
  const seen = new Map<string, Partial<Outcomes>>();

  before(async () => {
    lab = await FaultLab.create();
    file = new FaultFile();
    folder = mkdtempSync(join(tmpdir(), 'xdp-faults-'));
  });
  after(async () => {
    file?.close();
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function start(transport: string, fault?: Fault): Promise<ExporterProcess> {
    const options = ['--program-cost', '1s/2s', '--logger.transport', transport];
    const socket = ['--control.socket', join(folder, 'control.sock')];
    return ExporterProcess.start([...lab.args, ...options, ...socket], file.startWith(fault));
  }

  /** What the devices were sent until now since the exporter was started. */
  function sendTo(sent: number): number {
    lab.send(FRAMES);
    return sent + FRAMES;
  }

  async function provoke(): Promise<void> {
    await lab.guest(true);
    try {
      await lab.replaceOccupant();
      await delay(PROVOKE_MS);
    } finally {
      await lab.guest(false);
    }
  }

  async function assertExplained(log: string): Promise<void> {
    const errors = log.split('\n').filter((line) => line.startsWith('xdp-exporter: '));
    assert.equal(errors.length, 1, log);
    assert.match(errors[0] ?? '', /^xdp-exporter: [a-z].*: /);
    assert.equal(await lab.programId(), undefined, 'no program is left');
  }

  function transportOf(call: string): string | undefined {
    return [...called.keys()].find((transport) => called.get(transport)?.has(call));
  }

  function note(call: string, when: keyof Outcomes, outcome: string): void {
    seen.set(call, { ...seen.get(call), [when]: outcome });
  }

  test('is one of those that a start, a run and an end make', async () => {
    for (const transport of ['mapped', 'perf']) {
      const exporter = await start(transport);
      await provoke();
      await exporter.scrape();
      await exporter.kill('SIGTERM');
      called.set(transport, new Set(Object.keys(file.read().calls)));
    }
  });

  /** How it exits, where it does not serve. */
  async function startOrExit(transport: string, fault: Fault): Promise<ExporterProcess | string> {
    try {
      return await start(transport, fault);
    } catch (error) {
      const log = error instanceof Error ? error.message : '';
      await assertExplained(log);
      return `exits ${/exited with (\d+)/.exec(log)?.[1] ?? log}`;
    }
  }

  async function atStart(call: string, times: Fault['times']): Promise<string> {
    const transport = transportOf(call);
    if (transport === undefined) {
      return 'not called';
    }
    const fault = { calls: [call], times };
    const exporter = await startOrExit(transport, fault);
    if (typeof exporter === 'string') {
      return exporter;
    }
    try {
      return await throughEnd(exporter, fault);
    } finally {
      await exporter.close();
    }
  }

  /** Of one that was started with a fault: all works when that is over, and it ends well when the fault is back. */
  async function throughEnd(exporter: ExporterProcess, fault: Fault): Promise<string> {
    const flaws = await flawsOfNew(exporter);
    const { failed } = await file.change(exporter.pid, undefined);
    await assertRecovers(exporter);
    await file.change(exporter.pid, fault);
    await exporter.kill('SIGTERM');
    assert.equal(await lab.programId(), undefined, 'no program is left');
    return failed + file.read().failed === 0 ? 'not called' : describeFlaws(flaws);
  }

  /** Of one that was started a moment ago, whose devices were sent nothing before. */
  async function flawsOfNew(exporter: ExporterProcess): Promise<readonly string[]> {
    lab.send(FRAMES);
    const samples = await exporter.scrape();
    assertNoLie(samples, FRAMES);
    return flawsOf(samples);
  }

  for (const times of TIMES) {
    for (const [call] of FAILURES.filter(([name]) => ONLY.length === 0 || ONLY.includes(name))) {
      test(`${call}, ${times}, at the start`, async () => {
        note(call, `start ${times}`, await atStart(call, times));
      });
    }
  }

  for (const transport of ['mapped', 'perf']) {
    describe(`while it runs, ${transport}`, () => {
      let exporter: ExporterProcess | undefined;
      let sent = 0;

      after(() => exporter?.close());

      async function sound(): Promise<ExporterProcess> {
        if (exporter === undefined) {
          exporter = await start(transport);
          sent = 0;
        }
        return exporter;
      }

      async function whileRunning(call: string, times: Fault['times']): Promise<string> {
        const running = await sound();
        await assertRecovers(running);
        await file.change(running.pid, { calls: [call], times });
        sent = sendTo(sent);
        await provoke();
        const samples = await running.scrape().catch(() => undefined);
        const ended = await Promise.race([running.ended, delay(50)]);
        if (ended !== undefined) {
          exporter = undefined;
          await assertExplained(running.log);
          return `exits ${ended.code ?? ended.signal}`;
        }
        assert.ok(samples !== undefined && samples.size > 0, running.log);
        assertNoLie(samples, sent);
        const { failed } = await file.change(running.pid, undefined);
        await assertRecovers(running);
        return failed === 0 ? 'not called' : describeFlaws(flawsOf(samples));
      }

      for (const times of TIMES) {
        for (const [call] of FAILURES.filter(
          ([name]) => ONLY.length === 0 || ONLY.includes(name),
        )) {
          test(`${call}, ${times}`, async (t) => {
            if (transportOf(call) !== transport) {
              t.diagnostic('the other transport has its turn, or nobody calls it');
              return;
            }
            try {
              note(call, `run ${times}`, await whileRunning(call, times));
            } catch (error) {
              await exporter?.close();
              exporter = undefined;
              throw error;
            }
          });
        }
      }
    });
  }

  test('that reads counters, and the one in its place, leaves the numbers out and says so', async () => {
    const exporter = await start('mapped');
    try {
      lab.send(FRAMES);
      const calls = ['bpf_map_lookup_batch', 'bpf_map_lookup_elem'];
      await file.change(exporter.pid, { calls, times: 'ever' });
      const blind = await exporter.scrape();
      assert.ok(flawsOf(blind).includes('traffic'));
      assert.deepEqual(countsOf(blind), { demo0: undefined, x0: undefined });
      await file.change(exporter.pid, undefined);
      const samples = await exporter.scrape();
      assert.deepEqual(flawsOf(samples), []);
      assert.deepEqual(countsOf(samples), { demo0: FRAMES, x0: FRAMES });
    } finally {
      await exporter.close();
    }
  });

  test('does what docs/reliability.md says', () => {
    if (process.env['XDP_WRITE_OUTCOMES'] !== undefined) {
      writeOutcomes(seen);
    }
    const documented = documentedOutcomes();
    for (const [call, outcomes] of seen) {
      for (const [when, outcome] of Object.entries(outcomes)) {
        const row = documented.get(call);
        assert.equal(exitOf(outcome), exitOf(row?.[when as keyof Outcomes]), `${call}, ${when}`);
      }
    }
  });
});
