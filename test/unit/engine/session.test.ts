// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { EngineOptions } from '../../../src/engine/options.ts';
import { Session } from '../../../src/engine/session.ts';
import { SystemError } from '../../../src/errors.ts';
import { FakeLog } from '../fake-log.ts';
import { LOGGER, optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';
import { recordOf } from './fake-machine.ts';

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
  ): Session => new Session(kernel, optionsOf(selection, others), log.log);
  const upOf = (session: Session) =>
    session.snapshot().devices.flatMap(({ name, wanted, up }) => (wanted ? [[name, up]] : []));
  const rescanOf = (session: Session) =>
    session.snapshot().collectors.find(({ name }) => name === 'rescan');

  it('attaches what the selection means, and looks again at every rescan', () => {
    kernel.home.plug('eth0');
    const session = open({ include: ['eth*'], exclude: ['eth9'] });
    session.rescan();
    kernel.home.plug('eth1', 'eth9');
    session.rescan();
    kernel.home.unplug('eth0');
    session.rescan();
    assert.deepEqual(upOf(session), [['eth1', true]]);
  });

  it('goes on with what it has while devices cannot be listed, says so once, and tells it in a snapshot', () => {
    kernel.home.plug('eth0');
    const session = open({ include: ['eth*'] });
    session.rescan();
    assert.equal(rescanOf(session)?.success, true);
    kernel.home.listFailure = new SystemError('list network devices', 'ENOBUFS');
    session.rescan();
    session.rescan();
    assert.deepEqual(log.at('warn'), ['rescan devices: list network devices: ENOBUFS']);
    assert.equal(rescanOf(session)?.success, false);
    assert.deepEqual(upOf(session), [['eth0', true]]);
    kernel.home.listFailure = undefined;
    kernel.home.plug('eth1');
    session.rescan();
    assert.equal(rescanOf(session)?.success, true);
    assert.deepEqual(upOf(session), [
      ['eth0', true],
      ['eth1', true],
    ]);
    kernel.home.listFailure = new SystemError('list network devices', 'ENOBUFS');
    session.rescan();
    assert.equal(log.at('warn').length, 2);
  });

  it('starts where devices cannot be listed at first', () => {
    kernel.home.plug('eth0');
    kernel.home.listFailure = new SystemError('list network devices', 'ENOBUFS');
    const session = open({ include: ['eth*'] });
    session.rescan();
    kernel.home.listFailure = undefined;
    session.rescan();
    assert.deepEqual(upOf(session), [['eth0', true]]);
  });

  it('follows the default routes, and keeps the counters of a device that they left', () => {
    kernel.home.plug('eth0', 'eth1');
    const session = open({ defaultRoute: true });
    for (const routes of [[1], [2], [1, 2], [2], [1]]) {
      kernel.home.routes = routes;
      session.rescan();
      for (const name of ['eth0', 'eth1']) {
        kernel.receive(name);
      }
    }
    assert.deepEqual(upOf(session), [['eth0', true]]);
    const { devices, parts } = session.snapshot();
    assert.deepEqual(
      devices.map(({ name, wanted, counted }) => [name, wanted, counted]),
      [
        ['eth0', true, true],
        ['eth1', false, true],
      ],
    );
    assert.deepEqual(
      parts.traffic?.map((traffic) => traffic?.packets[2]),
      [3, 3],
    );
    assert.ok(!kernel.events.some((event) => event.startsWith('clear')));
  });

  it('chooses by an alternative name, and keeps to the device while it is away', () => {
    kernel.home.add({ ...deviceWithAlias, ifindex: 4 });
    const session = open({ include: ['wan'] }, { slots: 1 });
    session.rescan();
    kernel.receive('eth0');
    kernel.home.unplug('eth0');
    session.rescan();
    const [away] = session.snapshot().devices;
    assert.deepEqual([away?.name, away?.wanted, away?.reason], ['eth0', true, 'absent']);
    kernel.home.add({ ...deviceWithAlias, ifindex: 5 });
    session.rescan();
    kernel.receive('eth0');
    assert.equal(session.snapshot().parts.traffic?.[0]?.packets[2], 2);
    assert.equal(session.snapshot().devices.length, 1);
  });

  it('warns once of what matches nothing, and again after it did match', () => {
    const session = open({ include: ['eth*'], defaultRoute: true });
    session.rescan();
    session.rescan();
    const none = 'no device matches "eth*"; "xdp-exporter devices" lists the existing ones';
    const once = [none, 'no default route leads to a device; name the devices to count'];
    assert.deepEqual(log.at('warn'), once);
    kernel.home.plug('eth0');
    session.rescan();
    kernel.home.unplug('eth0');
    session.rescan();
    assert.deepEqual(log.at('warn'), [...once, none]);
  });

  it('takes the mode of its options, and warns of generic mode that nobody asked for', () => {
    kernel.home.plug('eth0');
    open({ include: ['eth0'] }, { xdpMode: 'generic' }).rescan();
    assert.deepEqual(kernel.events, ['attach eth0 0 generic']);
    assert.deepEqual(log.at('warn'), []);
    kernel = new FakeKernel();
    kernel.home.plug('eth0');
    kernel.native = false;
    kernel.refusals.set('eth0 native', new SystemError('attach XDP', 'EOPNOTSUPP'));
    open({ include: ['eth0'] }).rescan();
    assert.deepEqual(log.at('warn'), [
      'driver has no native XDP: generic mode counts frames after GRO and costs more',
    ]);
    assert.deepEqual(log.fieldsAt('warn'), [{ device: 'eth0' }]);
  });

  it('takes the records that are under way before another device gets the slot', (t) => {
    const now = t.mock.method(performance, 'now', () => 1_000);
    kernel.home.plug('eth0', 'eth1');
    const session = open({ include: ['eth?'], exclude: ['eth1'] }, { slots: 1, logger: LOGGER });
    session.rescan();
    kernel.receive('eth0');
    kernel.home.unplug('eth0');
    kernel.home.plug('eth2');
    session.rescan();
    now.mock.mockImplementation(() => 3_000);
    session.turn();
    // No other turn is due before the slot changes hands.
    kernel.transport.send(0, recordOf(0));
    session.rescan();
    assert.deepEqual(kernel.events.slice(-2), ['clear 0', 'attach eth2 0 native']);
    kernel.receive('eth2');
    const { devices, parts } = session.snapshot();
    assert.deepEqual(
      devices.map(({ name }) => name),
      ['eth2'],
    );
    assert.deepEqual(parts.logger?.devices, [
      { decoded: 1, sampledOut: 0, ringFull: 0, noRing: 0, noEntry: 0, pending: 0 },
    ]);
    assert.equal(parts.sources?.[0]?.other.packets, 1);
    assert.equal(parts.traffic?.[0]?.packets[2], 1);
  });

  it('detaches before it closes the kernel, and everything once', () => {
    kernel.home.plug('eth0');
    const session = open({ include: ['eth0'] });
    session.rescan();
    session.close();
    assert.deepEqual(kernel.events.slice(-2), ['close eth0', 'close']);
    assert.equal(kernel.home.sockets, 0);
  });

  it('detaches for good when it finishes, and still reads what was counted', () => {
    kernel.home.plug('eth0');
    const session = open({ include: ['eth0'] }, { logger: LOGGER });
    session.rescan();
    kernel.receive('eth0');
    session.finish();
    session.rescan();
    const { devices, parts } = session.snapshot();
    assert.deepEqual(
      devices.map(({ up, reason }) => [up, reason]),
      [[false, 'stopping']],
    );
    assert.equal(parts.traffic?.[0]?.packets[2], 1);
    assert.equal(parts.logger?.devices[0]?.decoded, 1);
    assert.deepEqual(kernel.events, ['attach eth0 0 native', 'close eth0']);
  });
});

const deviceWithAlias = {
  name: 'eth0',
  ifindex: 4,
  altNames: ['wan'],
  mtu: 1500,
  linkType: 1,
  xdp: { native: 0, generic: 0, offload: 0 },
} as const;
