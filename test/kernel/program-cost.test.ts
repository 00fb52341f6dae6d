// SPDX-License-Identifier: Apache-2.0
// What the kernel counts of a program while it is measured: every run of it, and none before or after.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openKernel } from '../../src/engine/kernel.ts';
import { Session } from '../../src/engine/session.ts';
import { openProgram, withProgram } from '../../src/kernel/program-info.ts';
import { TestRun } from '../../src/kernel/test-run.ts';
import { optionsOf } from '../unit/engine/engine-options.ts';
import { FakeLog } from '../unit/fake-log.ts';
import { skipUnlessRoot } from './support/root.ts';
import { ThrowawayNetns } from './support/throwaway-netns.ts';
import { udpFrame } from './support/udp-frame.ts';

const RUNS = 20_000;
const CYCLE = { measureMs: 50, everyMs: 100 };
/** A timer may be early by a part of a millisecond. */
const LATE_MS = 5;

describe('measuring what a program costs', { skip: skipUnlessRoot }, () => {
  let netns: ThrowawayNetns;
  let session: Session;
  let log: FakeLog;

  beforeEach(() => {
    netns = new ThrowawayNetns();
    // Both ends are down: nobody but the test has the program run.
    netns.ip('link add eth0 type veth peer name eth1');
    const options = optionsOf({ include: ['eth0'] }, { netns: [netns.name], programCost: CYCLE });
    log = new FakeLog();
    session = new Session(openKernel(options), options, log.log);
    session.rescan();
  });
  afterEach(() => {
    session.close();
    netns.delete();
  });

  function run(times: number): void {
    const id = session.snapshot().devices[0]?.program?.id ?? 0;
    withProgram(openProgram(id), (fd) => new TestRun(fd, udpFrame(1)).run(times));
  }
  const cost = () => session.snapshot().parts.program_cost?.devices[0];

  it('has every run of the measurement, and the time that one took', async () => {
    run(RUNS);
    session.measure();
    run(RUNS);
    await sleep(CYCLE.measureMs + LATE_MS);
    session.measure();
    run(RUNS);
    const first = cost();
    assert.equal(first?.runs, RUNS);
    assert.deepEqual(first.program, { name: 'xdp_exporter', role: 'attached' });
    const { averageSeconds = 0 } = first;
    assert.ok(averageSeconds > 1e-9 && averageSeconds < 1e-4, `${averageSeconds}`);
    await sleep(CYCLE.everyMs + LATE_MS);
    session.measure();
    await sleep(CYCLE.measureMs + LATE_MS);
    session.measure();
    assert.deepEqual(cost(), { program: first.program, runs: RUNS });
    assert.deepEqual(log.at('warn'), []);
  });
});
