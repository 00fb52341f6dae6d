// SPDX-License-Identifier: Apache-2.0
// Which device loses its slot, and when: the one that nobody has wanted for longest, and only for want of another.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { InstrumentError } from '../../../src/instruments/instrument.ts';
import { SlotTable } from '../../../src/instruments/slots.ts';
import { FakeLog } from '../fake-log.ts';
import { Machine } from './machine.ts';

describe('slots', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine(3);
    machine.plug('eth0', 'eth1', 'eth2', 'eth3', 'eth4');
  });

  /** Two looks, far enough apart that a slot which was let go at the first is quiet at the second. */
  function want(...names: readonly string[]): void {
    machine.want(...names);
    machine.nowMs += 1_000;
    machine.want(...names);
  }

  it('stay with a device that is no longer wanted, and are its own when it is wanted again', () => {
    want('eth0', 'eth1');
    want('eth1');
    assert.deepEqual(machine.slotsByName(), { eth0: 0, eth1: 1 });
    assert.equal(machine.find('eth0')?.isWanted, false);
    assert.equal(machine.find('eth0')?.down, undefined);
    want('eth1', 'eth2');
    assert.deepEqual(machine.slotsByName(), { eth0: 0, eth1: 1, eth2: 2 });
    want('eth0', 'eth1', 'eth2');
    assert.deepEqual(machine.slotsByName(), { eth0: 0, eth1: 1, eth2: 2 });
    assert.ok(!machine.events().some((event) => event.startsWith('clear')));
    assert.equal(machine.log.at('info').filter((line) => line === 'released device').length, 1);
  });

  it('go, all taken, to the next device from the one that has not been wanted for longest', () => {
    want('eth0', 'eth1', 'eth2');
    want('eth0', 'eth2');
    want('eth2');
    machine.events();
    want('eth2', 'eth3');
    assert.deepEqual(machine.events(), ['clear 1', 'open eth3 1']);
    assert.deepEqual(machine.slotsByName(), { eth0: 0, eth2: 2, eth3: 1 });
    want('eth2', 'eth3', 'eth4');
    assert.deepEqual(machine.events(), ['clear 0', 'open eth4 0']);
    assert.deepEqual(machine.slotsByName(), { eth2: 2, eth3: 1, eth4: 0 });
  });

  it('are those of an earlier process for devices that it counted, wanted or not', () => {
    const { wallMs, nowMs } = machine;
    const context = { open: () => assert.fail(), log: machine.log.log, downLevel: 'warn' } as const;
    const clocks = { nowMs: () => nowMs, wallMs: () => wallMs };
    const inherited = new Map([
      [1, { name: 'eth0', startedAtMs: 5 }],
      [2, { name: 'eth1', netns: 'blue', startedAtMs: 6 }],
    ]);
    const table = new SlotTable(3, { ...context, ...clocks }, () => {}, inherited);
    assert.deepEqual(
      table.devices().map(({ slot, isWanted, isCounted }) => ({ slot, isWanted, isCounted })),
      [1, 2].map((slot) => ({ slot, isWanted: false, isCounted: true })),
    );
    const eth0 = table.want({ name: 'eth0' });
    assert.deepEqual([eth0?.slot, eth0?.isWanted], [1, true]);
    assert.deepEqual(eth0?.start.times, { startedAtMs: 5, openedAtMs: wallMs });
    assert.equal(table.want({ name: 'eth1' })?.slot, 0);
  });

  it('begin anew for a device that lost its own', () => {
    machine = new Machine(1);
    machine.plug('eth0', 'eth1');
    want('eth0');
    machine.wallMs += 1;
    want('eth1');
    machine.wallMs += 1;
    want('eth0');
    assert.equal(machine.find('eth0')?.start.times.startedAtMs, machine.wallMs);
    assert.deepEqual(machine.slotsByName(), { eth0: 0 });
  });

  it('are never taken from a device that is wanted, be it away, refused or another process’s', () => {
    machine.refusals.set('eth1', new InstrumentError('occupied', 'occupied'));
    want('eth0', 'eth1', 'eth9');
    machine.unplug('eth0');
    want('eth0', 'eth1', 'eth9', 'eth2');
    assert.deepEqual(machine.slotsByName(), { eth0: 0, eth1: 1, eth9: 2 });
    assert.deepEqual(machine.reconciler.leftOut(), [{ name: 'eth2' }]);
    assert.deepEqual(machine.reconciler.problems().slice(-1), [
      'count device "eth2": every slot is taken; choose fewer devices, or give run a larger --max-devices',
    ]);
  });

  it('leave devices out that they do not suffice for, which is said once, until one is free', () => {
    const all = ['eth0', 'eth1', 'eth2', 'eth3', 'eth4'];
    want(...all);
    want(...all);
    assert.deepEqual(
      machine.log.fieldsAt('warn').map(({ device }) => device),
      ['eth3', 'eth4'],
    );
    assert.deepEqual(machine.reconciler.leftOut(), [{ name: 'eth3' }, { name: 'eth4' }]);
    want('eth1', 'eth2', 'eth3', 'eth4');
    assert.deepEqual(machine.slotsByName(), { eth1: 1, eth2: 2, eth3: 0 });
    assert.deepEqual(machine.reconciler.leftOut(), [{ name: 'eth4' }]);
    assert.equal(machine.log.at('warn').length, 2);
    want('eth1', 'eth2');
    assert.deepEqual(machine.reconciler.leftOut(), []);
  });

  it('rest for a moment before another device gets them: a program may still be running', () => {
    machine.want('eth0', 'eth1', 'eth2');
    machine.want('eth1', 'eth2', 'eth3');
    assert.equal(machine.find('eth3'), undefined);
    machine.nowMs += 99;
    machine.want('eth1', 'eth2', 'eth3');
    assert.equal(machine.find('eth3'), undefined);
    machine.nowMs += 1;
    machine.want('eth1', 'eth2', 'eth3');
    assert.equal(machine.find('eth3')?.slot, 0);
  });

  it('are free again, and clean, where a device was never counted', () => {
    want('eth7', 'eth8', 'eth9');
    want('eth8', 'eth9');
    machine.want('eth8', 'eth9', 'eth0');
    assert.deepEqual(machine.events(), ['open eth0 0']);
    assert.deepEqual(machine.slotsByName(), { eth8: 1, eth9: 2, eth0: 0 });
  });

  it('are read as far as the highest one that is taken', () => {
    want('eth0', 'eth1');
    want('eth1');
    assert.equal(machine.slots.used, 2);
    want('eth1', 'eth2');
    assert.equal(machine.slots.used, 3);
  });

  it('stay with the device before where they cannot be cleared', () => {
    let nowMs = 0;
    const log = new FakeLog().log;
    const open = () => ({
      info: { name: 'x', id: 1, tag: '', mode: 'native', role: 'attached' } as const,
      isUp: () => true,
      close() {},
    });
    const context = { open, log, downLevel: 'warn', nowMs: () => nowMs, wallMs: () => 0 } as const;
    const owners: string[] = [];
    let isBroken = true;
    const slots = new SlotTable(1, context, (slot) => {
      owners.push(...slots.devices().map((device) => `${device.name} ${slot}`));
      if (isBroken) {
        throw new Error('clear: EBADF');
      }
    });
    const first = slots.want({ name: 'eth0' });
    assert.ok(first !== undefined);
    first.open(machine.present[0] as (typeof machine.present)[0]);
    slots.letGo(first);
    nowMs = 1_000;
    assert.throws(() => slots.want({ name: 'eth1' }), /EBADF/);
    assert.deepEqual(slots.devices(), [first]);
    isBroken = false;
    assert.equal(slots.want({ name: 'eth1' })?.slot, 0);
    // It is still the one before whose slot it is, for what is on its way.
    assert.deepEqual(owners, ['eth0 0', 'eth0 0']);
  });
});
