// SPDX-License-Identifier: Apache-2.0
// The owner of an observed program replaces it, takes it away and brings it back, while frames come.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openKernel } from '../../src/engine/kernel.ts';
import { skipBefore } from '../kernel/support/kernel-version.ts';
import { ForeignPrograms, foreignFrame } from './support/foreign.ts';
import { Hook, type Owner } from './support/hook.ts';
import { Observing } from './support/observing.ts';
import { descriptors, programIds } from './support/resources.ts';

const skip = skipBefore('5.17', 'for a tracing program to ask for a verdict');

const OWNER = fileURLToPath(new URL('support/owner.js', import.meta.url));

const ROUNDS = 3;
const DROP = 1;

/** One second, on a machine whose CPUs are real; emulated ones load a program in half of that alone. */
const NOTICED_WITHIN_MS = 3_000;

const FRAME = foreignFrame({ verdict: DROP, length: 100, source: 0xc633_6401 });

describe('an owner that acts', { skip }, () => {
  let hook: Hook;
  let foreign: ForeignPrograms;
  before(() => {
    hook = new Hook(['oc0']);
    foreign = new ForeignPrograms();
  });
  after(() => {
    foreign?.close();
    hook?.close();
  });

  /** Frames that were counted as dropped. */
  const droppedBy = (observing: Observing) =>
    observing.session.snapshot().parts.traffic?.[0]?.packets[DROP] ?? 0;

  /** All of these frames are counted, since the program that is there is observed. */
  async function sendCounted(observing: Observing, times: number): Promise<void> {
    const before = droppedBy(observing);
    hook.send('oc0', FRAME, times);
    await sleep(50);
    await observing.settled();
    assert.equal(droppedBy(observing) - before, times);
  }

  for (const owner of ['netlink', 'link'] satisfies readonly Owner[]) {
    test(`replaces its program by ${owner}`, async (t) => {
      const names = ['foreign_plain', 'foreign_other'] as const;
      const holding = hook.attach('oc0', foreign.fd(names[0]), owner, 'native');
      t.after(() => holding.detach());
      const observing = new Observing(hook, ['oc0']);
      t.after(() => observing.session.close());
      await sendCounted(observing, 20);
      const opened = descriptors();
      for (let round = 1; round <= ROUNDS; round++) {
        const name = names[round % 2] ?? names[0];
        hook.send('oc0', FRAME, 20);
        holding.replace(foreign.fd(name));
        hook.send('oc0', FRAME, 20);
        const id = foreign.id(name);
        const tookMs = await observing.until(
          'the new program',
          ({ program }) => program?.id === id,
        );
        assert.ok(tookMs < NOTICED_WITHIN_MS, `noticed after ${tookMs} ms`);
        await sendCounted(observing, 20);
        assert.equal(hook.programId('oc0'), id);
      }
      assert.equal(observing.session.snapshot().devices[0]?.observed?.retargets, ROUNDS);
      assert.equal(descriptors(), opened);
    });

    test(`takes its program away and brings it back by ${owner}`, async (t) => {
      let holding = hook.attach('oc0', foreign.fd('foreign_plain'), owner, 'native');
      t.after(() => holding.detach());
      const observing = new Observing(hook, ['oc0']);
      t.after(() => observing.session.close());
      await sendCounted(observing, 20);
      const opened = descriptors();
      for (let round = 0; round < ROUNDS; round++) {
        holding.detach();
        await observing.until('the end', ({ up, reason }) => !up && reason === 'no_program');
        holding = hook.attach('oc0', foreign.fd('foreign_plain'), owner, 'native');
        const tookMs = await observing.until('the program', ({ up }) => up);
        assert.ok(tookMs < NOTICED_WITHIN_MS, `noticed after ${tookMs} ms`);
        await sendCounted(observing, 20);
      }
      assert.equal(droppedBy(observing), 20 * (ROUNDS + 1));
      assert.equal(observing.session.snapshot().devices[0]?.observed?.retargets, 0);
      assert.equal(descriptors(), opened);
    });
  }

  test('leaves, and mode auto attaches our program after the delay, which then holds the device', async (t) => {
    const holding = hook.attach('oc0', foreign.fd('foreign_plain'), 'link', 'native');
    const observing = new Observing(hook, ['oc0'], { mode: 'auto', attachDelayMs: 2_000 });
    t.after(() => observing.session.close());
    const roleOf = () => observing.session.snapshot().devices[0]?.program?.role;
    assert.equal(roleOf(), 'observed');
    await sendCounted(observing, 20);
    holding.detach();
    await observing.until('the end', ({ up, reason }) => !up && reason === 'no_program');
    const looks = setInterval(() => observing.session.rescan(), 200);
    t.after(() => clearInterval(looks));
    const tookMs = await observing.until('our program', ({ up }) => up);
    assert.ok(tookMs > 1_000, `attached after ${tookMs} ms`);
    assert.equal(roleOf(), 'attached');
    assert.throws(() => hook.attach('oc0', foreign.fd('foreign_plain'), 'link', 'native'), /EBUSY/);
    assert.equal(droppedBy(observing), 20);
  });

  /** A session whose look at the device is followed by `act`, before it opens what it saw, or at once after. */
  function observingWhile(act: () => void, moment: 'before' | 'after'): Observing {
    return new Observing(hook, ['oc0'], {}, (options) => {
      const kernel = openKernel(options);
      return {
        ...kernel,
        observe: (...asked) => {
          if (moment === 'before') {
            act();
          }
          const observation = kernel.observe(...asked);
          if (moment === 'after') {
            act();
          }
          return observation;
        },
      };
    });
  }

  for (const moment of ['before', 'after'] as const) {
    test(`takes its program away ${moment} it is opened, which is found out`, async (t) => {
      const passing = new ForeignPrograms();
      const id = passing.id('foreign_plain');
      const holding = hook.attach('oc0', passing.fd('foreign_plain'), 'link', 'native');
      const observing = observingWhile(() => {
        holding.detach();
        passing.close();
        waitUntil(() => moment === 'after' || !programIds().includes(id));
      }, moment);
      t.after(() => observing.session.close());
      if (moment === 'before') {
        const said = observing.log.at('warn').at(-1) ?? '';
        assert.match(said, /open program \d+: ENOENT; the exporter keeps checking; /);
      } else {
        // It stays loaded for as long as we hold it.
        assert.ok(programIds().includes(id));
      }
      await observing.until('the end', ({ up, reason }) => !up && reason === 'no_program');
      waitUntil(() => !programIds().includes(id));
    });
  }

  test('is killed, and its program is let go of within a second', async (t) => {
    const owner = spawn('nsenter', [
      ...[`--net=${hook.netns.path}`, process.execPath, OWNER],
      ...[`${hook.indexOf('oc0')}`, 'foreign_plain'],
    ]);
    t.after(() => owner.kill('SIGKILL'));
    const [line] = await once(owner.stdout, 'data');
    const id = Number(line);
    const observing = new Observing(hook, ['oc0']);
    t.after(() => observing.session.close());
    assert.equal(observing.session.snapshot().devices[0]?.program?.id, id);
    await sendCounted(observing, 20);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    const tookMs = await observing.until('the end', ({ up, reason }) => {
      return !up && reason === 'no_program';
    });
    assert.ok(tookMs < NOTICED_WITHIN_MS, `noticed after ${tookMs} ms`);
    waitUntil(() => !programIds().includes(id));
    assert.equal(droppedBy(observing), 20);
  });

  test('closes what it attached by netlink, which stays and is counted on', async (t) => {
    const passing = new ForeignPrograms();
    const holding = hook.attach('oc0', passing.fd('foreign_plain'), 'netlink', 'native');
    t.after(() => holding.detach());
    const observing = new Observing(hook, ['oc0']);
    t.after(() => observing.session.close());
    passing.close();
    await sendCounted(observing, 20);
  });
});

/** The kernel frees what nobody holds a moment later. */
function waitUntil(isSo: () => boolean): void {
  const endMs = performance.now() + 5_000;
  while (!isSo()) {
    assert.ok(performance.now() < endMs, `not so in time: ${isSo}`);
  }
}
