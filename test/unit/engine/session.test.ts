// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { EngineOptions } from '../../../src/engine/messages.ts';
import { Session } from '../../../src/engine/session.ts';
import { ExporterError, exitCodeOf, SystemError } from '../../../src/errors.ts';
import { FakeKernel, FakeLog, optionsOf } from './fake-kernel.ts';

describe('Session', () => {
  let kernel: FakeKernel;
  let log: FakeLog;
  beforeEach(() => {
    kernel = new FakeKernel();
    log = new FakeLog();
  });

  const open = (
    selection: Partial<EngineOptions['selection']>,
    others: Partial<EngineOptions> = {},
  ): Session => new Session(kernel, optionsOf(selection, others), log.logger);
  const devicesOf = (session: Session) =>
    session.snapshot().devices.map(({ name, up }) => [name, up] as const);

  it('attaches what the selection means, and looks again at every rescan', () => {
    kernel.plug('eth0');
    const session = open({ include: ['eth*'], exclude: ['eth9'] });
    session.rescan();
    kernel.plug('eth1', 'eth9');
    session.rescan();
    kernel.unplug('eth0');
    session.rescan();
    assert.deepEqual(devicesOf(session), [['eth1', true]]);
  });

  it('goes on with what it has while devices cannot be listed, says so once, and tells it in a snapshot', () => {
    kernel.plug('eth0');
    const session = open({ include: ['eth*'] });
    session.rescan();
    const { devices } = kernel;
    kernel.devices = () => {
      throw new SystemError('list network devices', 'ENOBUFS');
    };
    session.rescanAgain();
    session.rescanAgain();
    assert.deepEqual(log.at('warn'), ['rescan devices: list network devices: ENOBUFS']);
    const rescan = () => session.snapshot().collectors.find(({ name }) => name === 'rescan');
    assert.equal(rescan()?.success, false);
    assert.deepEqual(devicesOf(session), [['eth0', true]]);
    kernel.devices = devices;
    kernel.plug('eth1');
    session.rescanAgain();
    assert.equal(rescan()?.success, true);
    assert.deepEqual(devicesOf(session), [
      ['eth0', true],
      ['eth1', true],
    ]);
  });

  it('ends a strict run in which a device has gone', () => {
    kernel.plug('eth0');
    const session = open({ include: ['eth0'] }, { strict: true });
    session.rescan();
    kernel.unplug('eth0');
    assert.throws(() => session.rescanAgain(), /--strict/);
  });

  it('follows the default route', () => {
    kernel.plug('eth0', 'eth1');
    kernel.route = 'eth0';
    const session = open({ defaultRoute: true });
    session.rescan();
    kernel.route = 'eth1';
    session.rescan();
    assert.deepEqual(devicesOf(session), [['eth1', true]]);
  });

  it('warns once of what matches nothing, and again after it did match', () => {
    const session = open({ include: ['eth*'], defaultRoute: true });
    session.rescan();
    session.rescan();
    const once = ['no device matches "eth*"', 'no default route leads to a device'];
    assert.deepEqual(log.at('warn'), once);
    kernel.plug('eth0');
    session.rescan();
    kernel.unplug('eth0');
    session.rescan();
    assert.deepEqual(log.at('warn'), [...once, 'no device matches "eth*"']);
  });

  it('takes the mode of its options', () => {
    kernel.plug('eth0');
    open({ include: ['eth0'] }, { xdpMode: 'generic' }).rescan();
    assert.ok(kernel.events.includes('attach eth0 0 generic'));
  });

  it('adds a device on command, and drops it on command', () => {
    kernel.plug('eth0', 'eth1');
    const session = open({ include: ['eth0'] });
    session.rescan();
    assert.equal(session.obey({ kind: 'add-device', name: 'eth1' }), undefined);
    assert.deepEqual(devicesOf(session), [
      ['eth0', true],
      ['eth1', true],
    ]);
    assert.equal(session.obey({ kind: 'remove-device', name: 'eth1' }), undefined);
    session.rescan();
    assert.deepEqual(devicesOf(session), [['eth0', true]]);
  });

  it('keeps off a removed device, whatever the selection says, until it is added again', () => {
    kernel.plug('eth0', 'eth1');
    const session = open({ include: ['eth*'] });
    session.obey({ kind: 'remove-device', name: 'eth0' });
    session.rescan();
    assert.deepEqual(devicesOf(session), [['eth1', true]]);
    session.obey({ kind: 'add-device', name: 'eth0' });
    assert.deepEqual(devicesOf(session).toSorted(), [
      ['eth0', true],
      ['eth1', true],
    ]);
  });

  it('gives a snapshot on command', () => {
    const session = open({});
    assert.deepEqual(session.obey({ kind: 'snapshot' })?.devices, []);
  });

  it('detaches before it closes the kernel', () => {
    kernel.plug('eth0');
    const session = open({ include: ['eth0'] });
    session.rescan();
    session.close();
    assert.deepEqual(kernel.events.slice(-2), ['close eth0', 'close']);
  });
});

describe('Session with strict', () => {
  let kernel: FakeKernel;
  let log: FakeLog;
  beforeEach(() => {
    kernel = new FakeKernel();
    log = new FakeLog();
    kernel.plug('eth0', 'eth1');
  });

  const rescan = (selection: Partial<EngineOptions['selection']>) =>
    new Session(kernel, optionsOf(selection, { strict: true }), log.logger).rescan();

  it('is content where every device is up', () => {
    assert.doesNotThrow(() => rescan({ include: ['eth*'] }));
  });

  const problems: readonly {
    what: string;
    selection: Partial<EngineOptions['selection']>;
    message: RegExp;
  }[] = [
    {
      what: 'a device that is absent',
      selection: { include: ['eth0', 'eth7'] },
      message: /^find device "eth7": no such device; did you mean "eth[01]"\? \(--strict\)$/,
    },
    {
      what: 'a glob that matches nothing',
      selection: { include: ['eth0', 'wlan*'] },
      message: /^no device matches "wlan\*" \(--strict\)$/,
    },
    {
      what: 'a default route that leads nowhere',
      selection: { include: ['eth0'], defaultRoute: true },
      message: /^no default route leads to a device \(--strict\)$/,
    },
  ];
  for (const { what, selection, message } of problems) {
    it(`ends over ${what}, and leaves it to the error to say so`, () => {
      assert.throws(
        () => rescan(selection),
        (error) => {
          assert.ok(error instanceof ExporterError);
          assert.match(error.message, message);
          assert.equal(exitCodeOf(error), 1);
          return true;
        },
      );
      assert.deepEqual(log.at('warn'), []);
    });
  }

  it('ends over a device that is occupied or refuses', () => {
    kernel.occupants.set(1, { name: 'katran', id: 4, mode: 'native' });
    assert.throws(
      () => rescan({ include: ['eth0'] }),
      /occupied by program "katran".*\(--strict\)$/,
    );
    kernel.refuse('eth1', 'EINVAL');
    assert.throws(() => rescan({ include: ['eth1'] }), /EINVAL.*\(--strict\)$/);
  });

  it('ends over devices beyond those that can be counted', () => {
    const names = Array.from({ length: 257 }, (_, index) => `veth${index}`);
    kernel.plug(...names);
    assert.throws(() => rescan({ include: ['veth*'] }), /256.*\(--strict\)$/);
  });

  it('still warns of generic mode that nobody asked for', () => {
    kernel.native = false;
    kernel.refusals.set('eth0 native', new SystemError('attach XDP', 'EOPNOTSUPP'));
    rescan({ include: ['eth0'] });
    assert.match(log.at('warn').join('\n'), /generic mode/);
  });
});
