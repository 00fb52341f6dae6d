// SPDX-License-Identifier: Apache-2.0
// The wall clock is set, forward and back: nothing but what is printed may notice.
import assert from 'node:assert/strict';
import { beforeEach, describe, it, type TestContext } from 'node:test';
import { Session } from '../../../src/engine/session.ts';
import { FakeLog } from '../fake-log.ts';
import { LOGGER, optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';

const HOUR_MS = 3_600_000;

describe('Session and the clocks', () => {
  let kernel: FakeKernel;
  let wallMs: number;
  let monotonicMs: number;
  beforeEach(() => {
    kernel = new FakeKernel();
    kernel.home.plug('eth0');
    wallMs = 1_700_000_000_000;
    monotonicMs = 50_000;
  });

  function open(t: TestContext): Session {
    t.mock.method(Date, 'now', () => wallMs);
    t.mock.method(performance, 'now', () => monotonicMs);
    const options = optionsOf({ include: ['eth0'] }, { logger: LOGGER });
    return new Session(kernel, options, new FakeLog().log);
  }

  for (const stepMs of [HOUR_MS, -HOUR_MS]) {
    it(`tries an occupied device again after 2 s and 4 s, though the clock is set by ${stepMs} ms`, (t) => {
      const session = open(t);
      kernel.refuse('eth0', 'EBUSY');
      session.rescan();
      const tries = () => kernel.events.filter((event) => event.startsWith('attach')).length;
      for (const [waitMs, expected] of [
        [1_999, 1],
        [1, 2],
        [3_999, 2],
        [1, 3],
      ] as const) {
        wallMs += stepMs;
        monotonicMs += waitMs;
        session.rescan();
        assert.equal(tries(), expected);
      }
    });

    it(`ranks sources each second, though the clock is set by ${stepMs} ms`, (t) => {
      const session = open(t);
      session.rescan();
      for (let second = 0; second < 40; second++) {
        kernel.receive('eth0');
        wallMs += stepMs;
        monotonicMs += 1_000;
        session.turn();
      }
      const [source] = session.snapshot().parts.sources ?? [];
      const [series] = source?.series ?? [];
      assert.equal((series?.packets ?? 0) + (source?.other.packets ?? 0), 40);
      // It joins within the first sweeps of the table, and stays.
      assert.ok((series?.packets ?? 0) >= 25, `${series?.packets} of 40`);
    });

    it(`keeps since when a device counts, though the clock is set by ${stepMs} ms`, (t) => {
      const session = open(t);
      session.rescan();
      const startedAtMs = wallMs;
      wallMs += stepMs;
      monotonicMs += 1_000;
      kernel.home.unplug('eth0');
      session.rescan();
      kernel.home.plug('eth0');
      session.rescan();
      const snapshot = session.snapshot();
      assert.equal(snapshot.devices[0]?.startedAtMs, startedAtMs);
      assert.equal(snapshot.startedAtMs, startedAtMs);
      assert.equal(snapshot.takenAtMs, startedAtMs + stepMs);
      assert.equal(snapshot.monotonicMs, 51_000);
    });
  }
});
