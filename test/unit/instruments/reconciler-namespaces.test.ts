// SPDX-License-Identifier: Apache-2.0
// Devices of several network namespaces, which come, go and are made anew.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { Scene } from '../../../src/instruments/scene.ts';
import { deviceOf, devicesOf } from './devices.ts';
import { Machine } from './machine.ts';

describe('Reconciler over namespaces', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
  });

  const scene = (netns: string, identity: string, ...names: readonly string[]): Scene => ({
    netns,
    identity,
    wanted: names,
    present: devicesOf(...names),
  });
  const gone = (netns: string, ...wanted: readonly string[]): Scene => ({
    netns,
    wanted,
    present: undefined,
  });
  const stateOf = (netns: string, name: string) => {
    const device = machine.find(name, netns);
    return device && [device.slot, device.isWanted, device.down?.reason ?? 'up'];
  };

  it('takes devices of one name in two namespaces for two', () => {
    machine.look([scene('blue', '4:1', 'eth0'), scene('red', '4:2', 'eth0')]);
    assert.deepEqual(machine.events(), [
      'enter blue',
      'open blue/eth0 0',
      'enter red',
      'open red/eth0 1',
    ]);
    assert.deepEqual(stateOf('blue', 'eth0'), [0, true, 'up']);
    assert.deepEqual(stateOf('red', 'eth0'), [1, true, 'up']);
  });

  it('enters a namespace only where there is something to open', () => {
    machine.look([scene('blue', '4:1', 'eth0')]);
    machine.events();
    machine.look([scene('blue', '4:1', 'eth0'), gone('red', 'eth0'), scene('green', '4:3')]);
    assert.deepEqual(machine.events(), []);
  });

  it('waits for a namespace that is not there yet', () => {
    machine.look([gone('blue', 'eth0')]);
    assert.deepEqual(machine.events(), []);
    assert.deepEqual(machine.find('eth0', 'blue')?.down, {
      reason: 'no_namespace',
      message:
        'find device "eth0": its network namespace does not exist; "ip netns list" lists the existing ones',
    });
    machine.look([scene('blue', '4:1', 'eth0')]);
    assert.deepEqual(stateOf('blue', 'eth0'), [0, true, 'up']);
  });

  it('closes everything in a namespace that goes, and counts on where it was when it is back', () => {
    machine.look([scene('blue', '4:1', 'eth0', 'eth1')]);
    const startedAtMs = machine.find('eth1', 'blue')?.start.times.startedAtMs;
    machine.events();
    machine.wallMs += 1_000;
    // "eth1" was matched by a glob, which matches nothing now: it is missing, not unwanted.
    machine.look([gone('blue', 'eth0')]);
    machine.look([gone('blue', 'eth0')]);
    assert.deepEqual(machine.events(), ['close blue/eth0', 'close blue/eth1']);
    assert.deepEqual(stateOf('blue', 'eth0'), [0, true, 'no_namespace']);
    assert.deepEqual(stateOf('blue', 'eth1'), [1, true, 'no_namespace']);
    assert.equal(machine.log.at('warn').length, 2);
    machine.look([scene('blue', '4:9', 'eth1', 'eth0')]);
    assert.deepEqual(stateOf('blue', 'eth0'), [0, true, 'up']);
    assert.deepEqual(stateOf('blue', 'eth1'), [1, true, 'up']);
    assert.equal(machine.find('eth1', 'blue')?.start.times.startedAtMs, startedAtMs);
  });

  it('does not take a device of the namespace before for one of the same index in the new one', () => {
    machine.look([scene('blue', '4:1', 'eth0')]);
    machine.events();
    // The old one lives on without a name, and our instrument in it is up.
    machine.look([scene('blue', '4:2', 'eth0')]);
    assert.deepEqual(machine.events(), ['close blue/eth0', 'enter blue', 'open blue/eth0 0']);
  });

  it('lets go of the devices of a namespace that is not watched any more, and keeps their slots', () => {
    machine.look([scene('blue', '4:1', 'eth0'), scene('red', '4:2', 'eth0')]);
    machine.look([scene('red', '4:2', 'eth0')]);
    assert.deepEqual(stateOf('blue', 'eth0'), [0, false, 'up']);
    assert.equal(machine.find('eth0', 'blue')?.instrument, undefined);
    machine.look([scene('red', '4:2', 'eth0'), scene('blue', '4:3', 'eth0')]);
    assert.deepEqual(stateOf('blue', 'eth0'), [0, true, 'up']);
  });

  it('leaves the devices of a namespace that could not be looked at as they are', () => {
    machine = new Machine(2);
    machine.look([scene('blue', '4:1', 'eth0', 'eth1', 'eth2')]);
    machine.events();
    machine.look([scene('red', '4:2', 'eth0')], ['blue']);
    assert.deepEqual(machine.events(), []);
    assert.deepEqual(stateOf('blue', 'eth0'), [0, true, 'up']);
    assert.deepEqual(machine.reconciler.leftOut(), [
      { netns: 'blue', name: 'eth2' },
      { netns: 'red', name: 'eth0' },
    ]);
    machine.look([scene('red', '4:2')]);
    assert.deepEqual(machine.reconciler.leftOut(), []);
  });

  it('frees a device that moves to another namespace before it opens it there', () => {
    const moving = deviceOf('eth0', 7);
    machine.look([
      { netns: 'red', identity: '4:2', wanted: ['eth0'], present: [] },
      { netns: 'blue', identity: '4:1', wanted: ['eth0'], present: [moving] },
    ]);
    machine.events();
    machine.look([
      { netns: 'red', identity: '4:2', wanted: ['eth0'], present: [moving] },
      { netns: 'blue', identity: '4:1', wanted: ['eth0'], present: [] },
    ]);
    assert.deepEqual(machine.events(), ['close blue/eth0', 'enter red', 'open red/eth0 0']);
  });

  it('goes on with other namespaces where one cannot be entered', () => {
    const entered: (string | undefined)[] = [];
    machine.reconciler.update({
      scenes: [scene('blue', '4:1', 'eth0'), scene('red', '4:2', 'eth0')],
      unseen: new Set(),
      enter: ({ netns }, work) => {
        entered.push(netns);
        if (netns === 'red') {
          work();
        }
      },
    });
    assert.deepEqual(entered, ['blue', 'red']);
    assert.equal(machine.find('eth0', 'blue')?.isCounted, false);
    assert.equal(machine.find('eth0', 'red')?.isCounted, true);
  });
});
