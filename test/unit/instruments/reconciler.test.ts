// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { InstrumentError } from '../../../src/instruments/instrument.ts';
import { deviceOf } from './devices.ts';
import { Machine } from './machine.ts';

describe('Reconciler', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
  });

  const refuse = (name: string, reason: 'occupied' | 'refused' = 'occupied') =>
    machine.refusals.set(name, new InstrumentError(reason, `attach XDP to "${name}": ${reason}`));

  it('opens what is wanted and there, each in a slot of its own', () => {
    machine.plug('eth0', 'eth1', 'eth2');
    machine.want('eth0', 'eth2');
    assert.deepEqual(machine.events(), ['open eth0 0', 'open eth2 1']);
    assert.deepEqual(machine.slotsByName(), { eth0: 0, eth2: 1 });
    assert.equal(machine.slots.used, 2);
    assert.ok(machine.slots.devices().every(({ isCounted, down }) => isCounted && !down));
    assert.deepEqual(machine.reconciler.problems(), []);
  });

  it('does nothing where all is well', () => {
    machine.plug('eth0');
    machine.want('eth0');
    machine.events();
    machine.want('eth0');
    assert.deepEqual(machine.events(), []);
    assert.equal(machine.log.records.length, 1);
  });

  it('is empty without devices', () => {
    machine.want();
    assert.equal(machine.slots.used, 0);
    assert.deepEqual(machine.slots.devices(), []);
  });

  it('pauses after every device that it looks at and every one that it opens', () => {
    machine.plug('eth0', 'eth1');
    machine.want('eth0', 'eth1');
    assert.equal(machine.pauses, 2);
    machine.want('eth0', 'eth1');
    assert.equal(machine.pauses, 4);
  });

  it('says since when a device counts: its first instrument, whatever came after', () => {
    machine.want('eth0');
    assert.equal(machine.find('eth0')?.start.times.startedAtMs, undefined);
    machine.plug('eth0');
    machine.wallMs = 5;
    machine.want('eth0');
    machine.wallMs = 6;
    machine.unplug('eth0');
    machine.want('eth0');
    machine.plug('eth0');
    machine.want('eth0');
    machine.want();
    machine.want('eth0');
    assert.equal(machine.find('eth0')?.start.times.startedAtMs, 5);
  });

  it('keeps a slot for a device that is absent, and opens it when it comes', () => {
    machine.plug('eth0');
    machine.want('eth1');
    assert.equal(machine.find('eth1')?.isCounted, false);
    assert.deepEqual(machine.find('eth1')?.down, {
      reason: 'absent',
      message: 'find device "eth1": no such device; did you mean "eth0"?',
    });
    machine.plug('eth1');
    machine.want('eth1');
    assert.equal(machine.find('eth1')?.down, undefined);
    assert.equal(machine.find('eth1')?.isCounted, true);
  });

  it('keeps slot and counters of a device that goes away, and goes on when it comes back', () => {
    machine.plug('eth0', 'eth1');
    machine.want('eth0');
    machine.unplug('eth0');
    machine.want('eth0');
    machine.want('eth0');
    assert.deepEqual(machine.events(), ['open eth0 0', 'close eth0']);
    assert.equal(machine.find('eth0')?.isCounted, true);
    assert.equal(machine.find('eth0')?.instrument, undefined);
    assert.equal(machine.find('eth0')?.down?.reason, 'absent');
    machine.plug('eth0');
    machine.want('eth0');
    assert.deepEqual(machine.events(), ['open eth0 0']);
  });

  it('notices another device under the same name, and opens that one', () => {
    machine.plug('eth0');
    machine.want('eth0');
    machine.present = [deviceOf('eth0', 9)];
    machine.want('eth0');
    assert.deepEqual(machine.events(), ['open eth0 0', 'close eth0', 'open eth0 0']);
    assert.equal(machine.find('eth0')?.down, undefined);
  });

  it('notices that another process took an instrument away, and opens a new one', () => {
    machine.plug('eth0');
    machine.want('eth0');
    const before = machine.find('eth0')?.instrument;
    machine.takeAway('eth0');
    machine.events();
    machine.want('eth0');
    assert.deepEqual(machine.events(), ['close eth0', 'open eth0 0']);
    assert.notEqual(machine.find('eth0')?.instrument, before);
  });

  it('gives its reason for each device that is down: the last one that it met', () => {
    machine.plug('eth0', 'eth1', 'eth2', 'eth3');
    refuse('eth0');
    refuse('eth1', 'refused');
    machine.want('eth0', 'eth1', 'eth2', 'eth3', 'eth9');
    machine.takeAway('eth2');
    refuse('eth2');
    machine.unplug('eth3');
    machine.want('eth0', 'eth1', 'eth2', 'eth3', 'eth9');
    const reasons = machine.slots.devices().map(({ name, down }) => [name, down?.reason]);
    assert.deepEqual(reasons, [
      ['eth0', 'occupied'],
      ['eth1', 'refused'],
      ['eth2', 'occupied'],
      ['eth3', 'absent'],
      ['eth9', 'absent'],
    ]);
    assert.equal(machine.reconciler.problems().length, 5);
  });

  it('goes on with the other devices where one refuses', () => {
    machine.plug('eth0', 'eth1');
    refuse('eth0');
    machine.want('eth0', 'eth1');
    assert.equal(machine.find('eth0')?.instrument, undefined);
    assert.equal(machine.find('eth1')?.isCounted, true);
  });

  it('does not swallow an error that is no refusal, and waits all the same', () => {
    machine.plug('eth0', 'eth1');
    machine.refusals.set('eth0', new TypeError('boom'));
    assert.throws(() => machine.want('eth0', 'eth1'), /boom/);
    assert.deepEqual(machine.find('eth0')?.down, { reason: 'refused', message: 'boom' });
    machine.want('eth0', 'eth1');
    assert.deepEqual(machine.events(), ['open eth0 0', 'open eth1 1']);
  });

  it('closes the last opened first, everything once, and keeps what was counted', () => {
    machine.plug('eth0', 'eth1', 'eth2');
    refuse('eth1');
    machine.want('eth0', 'eth1', 'eth2');
    machine.want('eth0', 'eth1');
    machine.want('eth0', 'eth1', 'eth2');
    machine.want('eth0', 'eth1');
    machine.events();
    machine.reconciler.close();
    machine.reconciler.close();
    assert.deepEqual(machine.events(), ['close eth0']);
    assert.deepEqual(
      machine.slots.devices().map(({ name, isCounted, down }) => [name, isCounted, down?.reason]),
      [
        ['eth0', true, 'stopping'],
        ['eth1', false, 'stopping'],
        ['eth2', true, undefined],
      ],
    );
  });
});
