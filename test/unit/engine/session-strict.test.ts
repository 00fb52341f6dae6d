// SPDX-License-Identifier: Apache-2.0
// With --strict the exporter ends, and says why once, rather than go on without what it was asked for.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { EngineOptions } from '../../../src/engine/options.ts';
import { Session } from '../../../src/engine/session.ts';
import { ExporterError, exitCodeOf, SystemError } from '../../../src/errors.ts';
import { FakeLog } from '../fake-log.ts';
import { optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';

describe('Session with strict', () => {
  let kernel: FakeKernel;
  let log: FakeLog;
  beforeEach(() => {
    kernel = new FakeKernel();
    log = new FakeLog();
    kernel.home.plug('eth0', 'eth1');
  });

  const open = (
    selection: Partial<EngineOptions['selection']>,
    others: Partial<EngineOptions> = {},
  ) =>
    new Session(
      kernel,
      optionsOf(selection, { strict: true, strictOrigin: '--strict', ...others }),
      log.log,
    );

  it('is content where every device is up', () => {
    assert.doesNotThrow(() => open({ include: ['eth*'] }).rescan());
  });

  const problems: readonly {
    what: string;
    selection: Partial<EngineOptions['selection']>;
    others?: Partial<EngineOptions>;
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
      message: /^no device matches "wlan\*"; "xdp-exporter devices" lists .* \(--strict\)$/,
    },
    {
      what: 'a default route that leads nowhere',
      selection: { include: ['eth0'], defaultRoute: true },
      message: /^no default route leads to a device; name the devices to count \(--strict\)$/,
    },
    {
      what: 'a namespace that is not there',
      selection: { include: ['eth0'] },
      others: { netns: ['blue'] },
      message: /^find network namespace "blue": there is none now \(--strict\)$/,
    },
    {
      what: 'a glob of namespaces that matches none',
      selection: { include: ['eth0'] },
      others: { netns: ['pod-*'] },
      message: /^no network namespace matches "pod-\*"; "ip netns list" lists .* \(--strict\)$/,
    },
    {
      what: 'a device for which there is no slot',
      selection: { include: ['eth*'] },
      others: { slots: 1 },
      message: /^count device "eth1": every slot is taken; .* larger --max-devices \(--strict\)$/,
    },
  ];
  for (const { what, selection, others, message } of problems) {
    it(`ends over ${what}, and leaves it to the error to say so`, () => {
      assert.throws(
        () => open(selection, others).rescan(),
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

  it('names what asked for it, and no flag that nobody gave', () => {
    const message = (others: Partial<EngineOptions>) => {
      try {
        new Session(
          kernel,
          optionsOf({ include: ['wlan*'] }, { strict: true, ...others }),
          log.log,
        ).rescan();
      } catch (error) {
        return String(error);
      }
      return undefined;
    };
    const said =
      'ExporterError: no device matches "wlan*"; "xdp-exporter devices" lists the existing ones';
    assert.equal(message({}), said);
    assert.equal(
      message({ strictOrigin: '/etc/x.yaml:3 strict' }),
      `${said} (/etc/x.yaml:3 strict)`,
    );
  });

  it('ends over a device that is occupied or refuses', () => {
    kernel.occupants.set(1, { name: 'katran', id: 4, mode: 'native' });
    assert.throws(
      () => open({ include: ['eth0'] }).rescan(),
      /occupied by program "katran".*\(--strict\)$/,
    );
    kernel.refuse('eth1', 'EINVAL');
    assert.throws(() => open({ include: ['eth1'] }).rescan(), /EINVAL.*\(--strict\)$/);
  });

  it('ends a run in which a device has gone', () => {
    const session = open({ include: ['eth0'] });
    session.rescan();
    kernel.home.unplug('eth0');
    assert.throws(
      () => session.rescan(),
      /^DeviceDownError: watch device "eth0": the device has disappeared \(--strict\)$/,
    );
  });

  it('ends a run in which devices cannot be listed', () => {
    const session = open({ include: ['eth0'] });
    session.rescan();
    kernel.home.listFailure = new SystemError('list network devices', 'ENOBUFS');
    assert.throws(
      () => session.rescan(),
      /rescan devices: list network devices: ENOBUFS \(--strict\)$/,
    );
  });

  it('goes on where a program was detached and could be attached again', () => {
    const session = open({ include: ['eth0'] });
    session.rescan();
    const attachment = kernel.attachmentOf('eth0');
    assert.ok(attachment !== undefined);
    attachment.isHeld = false;
    assert.doesNotThrow(() => session.rescan());
  });

  it('still warns of generic mode that nobody asked for', () => {
    kernel.native = false;
    kernel.refusals.set('eth0 native', new SystemError('attach XDP', 'EOPNOTSUPP'));
    open({ include: ['eth0'] }).rescan();
    assert.match(log.at('warn').join('\n'), /generic mode/);
  });
});
