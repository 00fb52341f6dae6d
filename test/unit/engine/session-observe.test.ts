// SPDX-License-Identifier: Apache-2.0
// A session in the modes that observe: occupants that come, change and go.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { EngineOptions } from '../../../src/engine/options.ts';
import { Session } from '../../../src/engine/session.ts';
import { SystemError } from '../../../src/errors.ts';
import { FakeLog } from '../fake-log.ts';
import { optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';

const IFINDEX = 1;

describe('a session that observes', () => {
  let kernel: FakeKernel;
  let log: FakeLog;
  let nowMs: number;
  beforeEach(() => {
    kernel = new FakeKernel();
    kernel.home.plug('eth0');
    log = new FakeLog();
    nowMs = 1_000_000;
  });

  /** 0: nobody's program is on it. */
  function occupy(id: number): void {
    kernel.home.present = kernel.home.present.map((device) => {
      return { ...device, xdp: { native: id, generic: 0, offload: 0 } };
    });
    if (id === 0) {
      kernel.occupants.delete(IFINDEX);
    } else {
      kernel.occupants.set(IFINDEX, { id, name: 'cil_xdp', mode: 'native' });
    }
  }

  function open(
    t: { mock: Pick<typeof import('node:test').mock, 'method'> },
    others: Partial<EngineOptions>,
  ) {
    t.mock.method(performance, 'now', () => nowMs);
    return new Session(kernel, optionsOf({ include: ['eth0'] }, others), log.log);
  }

  const deviceOf = (session: Session) => session.snapshot().devices[0];

  it('never attaches in mode observe, and looks again where there is no program', (t) => {
    const session = open(t, { mode: 'observe' });
    session.rescan();
    assert.equal(deviceOf(session)?.reason, 'no_program');
    occupy(9);
    session.rescan();
    assert.deepEqual(kernel.events, ['observe eth0 0 9']);
    const { up, program, observed } = deviceOf(session) ?? {};
    assert.deepEqual(
      [up, program?.role, program?.name, observed],
      [true, 'observed', 'cil_xdp_in_full', { retargets: 0, missed: 0 }],
    );
    assert.deepEqual(log.fieldsAt('info').at(-1), {
      device: 'eth0',
      program: 'cil_xdp_in_full',
      mode: 'native',
      program_id: 9,
    });
  });

  it('goes over to a program that takes the place of another in the same look, and counts it', (t) => {
    occupy(9);
    const session = open(t, { mode: 'auto' });
    session.rescan();
    for (const id of [10, 11]) {
      occupy(id);
      assert.equal(session.changed(), true);
      session.rescan();
      assert.equal(deviceOf(session)?.program?.id, id);
      nowMs += 1_000;
    }
    assert.deepEqual(deviceOf(session)?.observed, { retargets: 2, missed: 0 });
    assert.deepEqual(kernel.events, [
      'observe eth0 0 9',
      'close eth0',
      'observe eth0 0 10',
      'close eth0',
      'observe eth0 0 11',
    ]);
    assert.deepEqual(log.at('warn'), []);
  });

  it('attaches where the program left a while ago in mode auto, and not before', (t) => {
    occupy(9);
    const session = open(t, { mode: 'auto', attachDelayMs: 30_000 });
    session.rescan();
    // However long it was there.
    nowMs += 3_600_000;
    occupy(0);
    session.rescan();
    assert.equal(deviceOf(session)?.reason, 'no_program');
    nowMs += 29_000;
    session.rescan();
    assert.equal(deviceOf(session)?.up, false);
    nowMs += 1_000;
    session.rescan();
    assert.equal(deviceOf(session)?.program?.role, 'attached');
    assert.deepEqual(kernel.events.slice(-2), ['close eth0', 'attach eth0 0 native']);
  });

  it('waits as long after a program that it could not observe', (t) => {
    occupy(9);
    kernel.refusals.set('eth0', new SystemError('open program 9', 'EPERM'));
    const session = open(t, { mode: 'auto', attachDelayMs: 30_000 });
    session.rescan();
    kernel.refusals.clear();
    nowMs += 3_600_000;
    occupy(0);
    assert.equal(session.changed(), true);
    session.rescan();
    assert.equal(deviceOf(session)?.reason, 'no_program');
    nowMs += 29_999;
    session.rescan();
    assert.equal(deviceOf(session)?.up, false);
    nowMs += 1;
    session.rescan();
    assert.equal(deviceOf(session)?.program?.role, 'attached');
    // From then on the hook was ours: nobody else's program has left it.
    assert.deepEqual(kernel.events, ['observe eth0 0 9', 'attach eth0 0 native']);
  });

  it('has the mode of the first pattern that a name of the device matches, and else the mode of all', (t) => {
    const modes = (...deviceModes: EngineOptions['deviceModes']) => {
      const session = open(t, { mode: 'attach', deviceModes });
      session.rescan();
      const { program, reason } = deviceOf(session) ?? {};
      session.close();
      return program?.role ?? reason;
    };
    const observe = { pattern: 'eth*', mode: 'observe' } as const;
    assert.equal(modes(observe), 'no_program');
    assert.equal(modes({ pattern: 'wan', mode: 'observe' }), 'attached');
    assert.equal(modes({ pattern: 'eth0', mode: 'auto' }, observe), 'attached');
    assert.equal(modes(observe, { pattern: 'eth0', mode: 'auto' }), 'no_program');
    kernel.home.present = kernel.home.present.map((device) => ({ ...device, altNames: ['wan'] }));
    assert.equal(modes({ pattern: 'wan', mode: 'observe' }), 'no_program');
    occupy(9);
    assert.equal(modes({ pattern: 'lo', mode: 'observe' }), 'occupied');
    assert.equal(modes(observe), 'observed');
  });

  it('asks for changes where one device alone may be observed', (t) => {
    occupy(9);
    const session = open(t, {
      mode: 'attach',
      deviceModes: [{ pattern: 'eth0', mode: 'observe' }],
    });
    session.rescan();
    occupy(10);
    nowMs += 1_000;
    assert.equal(session.changed(), true);
  });

  it('observes at once a program that comes back before the delay is over', (t) => {
    occupy(9);
    const session = open(t, { mode: 'auto', attachDelayMs: 30_000 });
    session.rescan();
    occupy(0);
    session.rescan();
    occupy(12);
    session.rescan();
    assert.equal(deviceOf(session)?.program?.id, 12);
    assert.equal(deviceOf(session)?.observed?.retargets, 1);
  });

  it('counts what it tried on a device by role and outcome, and a look at an empty one not at all', (t) => {
    const attempts = () =>
      deviceOf(session)?.attempts?.map(({ role, outcome, count }) => `${role} ${outcome} ${count}`);
    const session = open(t, { mode: 'auto', attachDelayMs: 30_000 });
    kernel.refuse('eth0', 'ENOMEM');
    session.rescan();
    assert.deepEqual(attempts(), ['attached resources 1']);
    nowMs += 60_000;
    session.rescan();
    kernel.refusals.clear();
    occupy(9);
    session.rescan();
    occupy(0);
    session.rescan();
    session.rescan();
    assert.equal(deviceOf(session)?.reason, 'no_program');
    assert.deepEqual(attempts(), ['attached resources 2', 'observed success 1']);
  });

  it('attaches at once in mode auto where nobody was before', (t) => {
    const session = open(t, { mode: 'auto' });
    session.rescan();
    assert.deepEqual(kernel.events, ['attach eth0 0 native']);
    assert.equal(deviceOf(session)?.observed, undefined);
  });

  it('tries another program at once after one that it could not observe', (t) => {
    occupy(9);
    kernel.refusals.set('eth0', new SystemError('open program 9', 'EPERM'));
    const session = open(t, { mode: 'auto' });
    session.rescan();
    session.rescan();
    assert.equal(deviceOf(session)?.reason, 'permission');
    assert.equal(kernel.events.length, 1);
    kernel.refusals.clear();
    occupy(10);
    session.rescan();
    assert.equal(deviceOf(session)?.program?.id, 10);
  });

  it('leaves a program alone in mode attach, and does not ask for changes', (t) => {
    occupy(9);
    const session = open(t, { mode: 'attach' });
    session.rescan();
    assert.equal(deviceOf(session)?.reason, 'occupied');
    occupy(10);
    session.changed();
    nowMs += 1_000;
    assert.equal(session.changed(), false);
    assert.deepEqual(kernel.events, []);
  });
});
