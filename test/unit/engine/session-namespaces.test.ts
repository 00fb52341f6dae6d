// SPDX-License-Identifier: Apache-2.0
// A session over several network namespaces: none of them may cost another its counters, or the thread its home.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Session } from '../../../src/engine/session.ts';
import { SystemError } from '../../../src/errors.ts';
import { NamespaceLostError } from '../../../src/kernel/net-namespace.ts';
import type { PacketRows } from '../../../src/snapshot/packet.ts';
import { FakeLog } from '../fake-log.ts';
import { LOGGER, optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';
import type { FakeNamespace } from './fake-namespaces.ts';

describe('Session over namespaces', () => {
  let kernel: FakeKernel;
  let log: FakeLog;
  let posted: PacketRows[];
  beforeEach(() => {
    kernel = new FakeKernel();
    log = new FakeLog();
    posted = [];
  });

  function make(name: string, ...devices: readonly string[]): FakeNamespace {
    const namespace = kernel.namespaces.make(name);
    namespace.plug(...devices);
    return namespace;
  }

  const open = (netns: readonly string[], include: readonly string[] = ['eth*'], logger = LOGGER) =>
    new Session(kernel, optionsOf({ include }, { netns, logger }), log.log, (rows) =>
      posted.push(rows),
    );
  const statesOf = (session: Session) =>
    session
      .snapshot()
      .devices.map(({ netns, name, wanted, up, reason }) => [
        netns === undefined ? name : `${netns}/${name}`,
        wanted ? (reason ?? up) : 'unwanted',
      ]);
  const packetsOf = (session: Session) =>
    session.snapshot().parts.traffic?.map((traffic) => traffic?.packets[2]);

  it('counts devices of one name in several namespaces each by itself', () => {
    const blue = make('blue', 'eth0');
    const red = make('red', 'eth0');
    const session = open(['red', 'blue']);
    session.rescan();
    kernel.receive('eth0', { namespace: blue });
    kernel.receive('eth0', { namespace: blue });
    kernel.receive('eth0', { namespace: red });
    assert.deepEqual(statesOf(session), [
      ['red/eth0', true],
      ['blue/eth0', true],
    ]);
    assert.deepEqual(packetsOf(session), [1, 2]);
    assert.equal(kernel.namespaces.current, kernel.home);
  });

  it('goes on with the others where one cannot be looked at, and changes nothing of that one', () => {
    const blue = make('blue', 'eth0');
    make('red', 'eth0');
    const session = open(['blue', 'red']);
    session.rescan();
    blue.listFailure = new SystemError('list network devices', 'ENOBUFS');
    blue.unplug('eth0');
    make('red', 'eth0', 'eth1');
    session.rescan();
    session.rescan();
    assert.deepEqual(statesOf(session), [
      ['blue/eth0', 'detached'],
      ['red/eth0', true],
      ['red/eth1', true],
    ]);
    const failed = session.snapshot().collectors.filter(({ success }) => !success);
    assert.deepEqual(
      failed.map(({ name }) => name),
      ['rescan'],
    );
    assert.deepEqual(log.at('warn'), [
      'watch device "eth0": the device has disappeared',
      'rescan devices in network namespace "blue": list network devices: ENOBUFS',
    ]);
    blue.listFailure = undefined;
    session.rescan();
    assert.deepEqual(statesOf(session)[0], ['blue/eth0', 'unwanted']);
  });

  it('goes on with the others where one may not be entered, or a device fails unforeseen', () => {
    make('blue', 'eth0');
    make('red', 'eth0');
    make('green', 'eth1');
    kernel.namespaces.locked.add('blue');
    kernel.refusals.set('eth1', new TypeError('boom'));
    const session = open(['blue', 'green', 'red']);
    session.rescan();
    assert.deepEqual(statesOf(session), [
      ['green/eth1', 'refused'],
      ['red/eth0', true],
    ]);
    assert.deepEqual(log.at('warn'), [
      'rescan devices in network namespace "blue": enter network namespace "/run/netns/blue": EPERM',
      'rescan devices in network namespace "green": boom',
    ]);
    kernel.namespaces.locked.clear();
    session.rescan();
    assert.deepEqual(statesOf(session).at(-1), ['blue/eth0', true]);
  });

  it('leaves all as it is where namespaces cannot be looked up', () => {
    make('blue', 'eth0');
    const session = open(['blue']);
    session.rescan();
    kernel.namespaces.findFailure = new SystemError('open socket', 'EMFILE');
    session.rescan();
    assert.deepEqual(statesOf(session), [['eth0', true]]);
    assert.deepEqual(log.at('warn'), ['rescan devices: open socket: EMFILE']);
  });

  it('throws where the thread has no way home: whatever it did next would be wrong', () => {
    make('blue', 'eth0');
    const session = open(['blue']);
    kernel.namespaces.isLost = true;
    assert.throws(() => session.rescan(), NamespaceLostError);
  });

  it('waits for a namespace that is not there yet', () => {
    const session = open(['blue'], ['eth0']);
    session.rescan();
    assert.deepEqual(statesOf(session), [['eth0', 'no_namespace']]);
    assert.deepEqual(log.at('warn'), [
      'find device "eth0": its network namespace does not exist; "ip netns list" lists the existing ones',
      'find network namespace "blue": there is none now',
    ]);
    make('blue', 'eth0');
    session.rescan();
    assert.deepEqual(statesOf(session), [['eth0', true]]);
  });

  it('does not keep a namespace alive that was deleted, and counts on in one made anew', () => {
    const session = open(['blue']);
    const places: FakeNamespace[] = [];
    for (let round = 1; round <= 20; round++) {
      const blue = make('blue', 'eth0', 'eth1');
      places.push(blue);
      session.rescan();
      kernel.receive('eth0', { namespace: blue });
      kernel.receive('eth1', { namespace: blue });
      kernel.namespaces.named.delete('blue');
      blue.present = [];
      session.rescan();
      assert.deepEqual(packetsOf(session), [round, round]);
      assert.deepEqual(statesOf(session), [
        ['eth0', 'no_namespace'],
        ['eth1', 'no_namespace'],
      ]);
    }
    assert.deepEqual(
      places.map(({ sockets }) => sockets),
      places.map(() => 0),
    );
    assert.ok(!kernel.events.some((event) => event.startsWith('clear')));
  });

  it('does not go on counting in a namespace that lost its name and lives on', () => {
    const before = make('blue', 'eth0');
    const session = open(['blue']);
    session.rescan();
    const after = make('blue', 'eth0');
    session.rescan();
    assert.equal(kernel.receive('eth0', { namespace: before }), false);
    assert.equal(kernel.receive('eth0', { namespace: after }), true);
    assert.deepEqual(packetsOf(session), [1]);
  });

  it('lets go of the devices of a namespace that a glob does not match any more, and takes them up again', () => {
    const blue = make('pod-1', 'eth0');
    const session = open(['pod-*']);
    session.rescan();
    kernel.receive('eth0', { namespace: blue });
    kernel.namespaces.named.delete('pod-1');
    session.rescan();
    assert.deepEqual(statesOf(session), [['pod-1/eth0', 'unwanted']]);
    assert.deepEqual(packetsOf(session), [1]);
    assert.equal(blue.sockets, 0);
    kernel.receive('eth0', { namespace: make('pod-1', 'eth0') });
    session.rescan();
    assert.deepEqual(statesOf(session), [['pod-1/eth0', true]]);
    assert.deepEqual(packetsOf(session), [1]);
  });

  it('attaches at once to a device that moves from one to another', () => {
    const blue = make('blue', 'eth0');
    const red = make('red');
    const session = open(['red', 'blue']);
    session.rescan();
    const moving = blue.present;
    blue.present = [];
    red.add(...moving);
    session.rescan();
    assert.deepEqual(statesOf(session), [
      ['blue/eth0', 'unwanted'],
      ['red/eth0', true],
    ]);
    const warnings = log.at('warn').map((warning) => warning.split(';')[0]);
    assert.deepEqual(warnings, [
      'no device matches "eth*" in network namespace "red"',
      'no device matches "eth*" in network namespace "blue"',
    ]);
  });

  it('hears of changes in all of them', () => {
    make('blue', 'eth0');
    const red = make('red', 'eth0');
    const session = open(['blue', 'red']);
    session.rescan();
    assert.equal(session.changed(), false);
    red.plug('eth1');
    assert.equal(session.changed(), true);
  });

  it('names the namespace of packets and of generic devices', () => {
    const blue = make('blue', 'eth0');
    make('red', 'eth0');
    kernel.native = false;
    kernel.refusals.set('eth0 native', new SystemError('attach XDP', 'EOPNOTSUPP'));
    const session = open(['blue', 'red'], ['eth0'], { ...LOGGER, output: 'rows' });
    session.rescan();
    assert.deepEqual(log.fieldsAt('warn'), [
      { device: 'eth0', netns: 'blue' },
      { device: 'eth0', netns: 'red' },
    ]);
    kernel.receive('eth0', { namespace: blue });
    session.turn();
    assert.deepEqual(
      posted.map(({ devices }) => devices),
      [{ 0: 'blue/eth0', 1: 'red/eth0' }],
    );
  });
});
