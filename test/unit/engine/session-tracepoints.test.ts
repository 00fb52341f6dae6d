// SPDX-License-Identifier: Apache-2.0
// The tracepoints of a session: whose events are counted, from look to look, and where they are off.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { EngineOptions } from '../../../src/engine/options.ts';
import { Session } from '../../../src/engine/session.ts';
import { RequirementError, SystemError } from '../../../src/errors.ts';
import { FakeLog } from '../fake-log.ts';
import { unsupported } from '../instruments/fake-tracepoints.ts';
import { optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';
import type { FakeNamespace } from './fake-namespaces.ts';

const ABORTED = 0;

describe('the tracepoints of a session', () => {
  let kernel: FakeKernel;
  let log: FakeLog;
  beforeEach(() => {
    kernel = new FakeKernel();
    log = new FakeLog();
  });

  const open = (others: Partial<EngineOptions> = {}): Session =>
    new Session(
      kernel,
      optionsOf({ include: ['eth*'] }, { tracepoints: 'auto', ...others }),
      log.log,
    );
  const abort = (name: string, namespace: FakeNamespace = kernel.home) => {
    const { inode } = namespace;
    kernel.tracepoints.exception({ inode, ifindex: namespace.indexOf(name) }, ABORTED);
  };
  const abortedOf = (session: Session) =>
    session
      .snapshot()
      .parts.tracepoints?.devices.map(({ netns, name, exceptions }) => [
        netns,
        name,
        exceptions?.[ABORTED],
      ]);

  it("count for devices that another's program is on, whose packets are not counted", () => {
    kernel.home.plug('eth0', 'lo0');
    kernel.occupants.set(1, { name: 'other', id: 9, mode: 'native' });
    const session = open();
    session.rescan();
    abort('eth0');
    abort('lo0');
    assert.deepEqual(abortedOf(session), [[undefined, 'eth0', 1]]);
    const [device] = session.snapshot().devices;
    assert.deepEqual([device?.up, device?.counted], [false, false]);
  });

  it('tell namespaces apart in which devices have one name and one index', () => {
    const blue = kernel.namespaces.make('blue');
    const red = kernel.namespaces.make('red');
    blue.plug('eth0');
    red.plug('eth0');
    const session = open({ netns: ['blue', 'red'] });
    session.rescan();
    abort('eth0', red);
    abort('eth0', kernel.home);
    assert.deepEqual(abortedOf(session), [
      ['blue', 'eth0', 0],
      ['red', 'eth0', 1],
    ]);
  });

  it('never go back, whatever becomes of the device', () => {
    kernel.home.plug('eth0');
    const session = open();
    session.rescan();
    abort('eth0');
    kernel.home.unplug('eth0');
    session.rescan();
    assert.deepEqual(abortedOf(session), [[undefined, 'eth0', 1]]);
    kernel.home.plug('eth0');
    session.rescan();
    abort('eth0');
    assert.deepEqual(abortedOf(session), [[undefined, 'eth0', 2]]);
  });

  it('report a device that the kernel refuses as a failed look, and open instruments all the same', () => {
    kernel.home.plug('eth0');
    kernel.tracepoints.watchFailure = new SystemError('watch device 1 at tracepoints', 'ENOMEM');
    const session = open();
    session.rescan();
    assert.deepEqual(log.at('warn'), ['rescan devices: watch device 1 at tracepoints: ENOMEM']);
    const { devices, collectors } = session.snapshot();
    assert.equal(devices[0]?.up, true);
    assert.equal(collectors.find(({ name }) => name === 'rescan')?.success, false);
  });

  it('are closed with the session', () => {
    open().close();
    assert.equal(kernel.tracepoints.events.at(-1), 'close');
  });

  it('are not there where they are off', () => {
    const session = open({ tracepoints: 'off' });
    session.rescan();
    const { parts, collectors } = session.snapshot();
    assert.equal(parts.tracepoints, undefined);
    assert.ok(collectors.every(({ name }) => name !== 'tracepoints'));
    assert.deepEqual(kernel.tracepoints.events, []);
  });

  it('end the session before anything is attached where one must be on and is missing', () => {
    kernel.home.plug('eth0');
    kernel.tracepoints.refusals.set('xdp_exception', unsupported('xdp_exception'));
    assert.throws(() => open({ tracepoints: 'on' }), RequirementError);
    assert.deepEqual(kernel.events, []);
  });
});
