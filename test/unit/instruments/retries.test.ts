// SPDX-License-Identifier: Apache-2.0
// When a device that was refused is tried again: by a clock that nobody sets.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { InstrumentError } from '../../../src/instruments/instrument.ts';
import { Machine } from './machine.ts';

describe('a device that was refused', () => {
  let machine: Machine;
  beforeEach(() => {
    machine = new Machine();
  });

  const refuse = (name: string) =>
    machine.refusals.set(
      name,
      new InstrumentError('occupied', `attach XDP to "${name}": occupied`),
    );

  it('waits twice as long after each refusal, from 2 s to a minute', () => {
    machine.plug('eth0');
    refuse('eth0');
    const start = machine.nowMs;
    const tries: number[] = [];
    for (; machine.nowMs < start + 250_000; machine.nowMs += 500) {
      machine.want('eth0');
      if (machine.events().length > 0) {
        tries.push((machine.nowMs - start) / 1000);
      }
    }
    assert.deepEqual(tries, [0, 2, 6, 14, 30, 62, 122, 182, 242]);
  });

  it('waits neither longer nor shorter where the wall clock is set', () => {
    machine.plug('eth0');
    refuse('eth0');
    machine.want('eth0');
    for (const stepMs of [-3_600_000, 7_200_000]) {
      machine.events();
      machine.wallMs += stepMs;
      machine.nowMs += 1_900;
      machine.want('eth0');
      assert.deepEqual(machine.events(), []);
      machine.nowMs += 2_200;
      machine.want('eth0');
      assert.deepEqual(machine.events(), ['open eth0 0']);
    }
  });

  it('begins with short waits again after a success', () => {
    machine.plug('eth0');
    refuse('eth0');
    machine.want('eth0');
    machine.refusals.clear();
    machine.nowMs += 2_000;
    machine.want('eth0');
    assert.equal(machine.find('eth0')?.down, undefined);
    machine.takeAway('eth0');
    refuse('eth0');
    machine.events();
    machine.want('eth0');
    machine.nowMs += 1_999;
    machine.want('eth0');
    assert.deepEqual(machine.events(), ['close eth0', 'open eth0 0']);
    machine.nowMs += 1;
    machine.want('eth0');
    assert.deepEqual(machine.events(), ['open eth0 0']);
  });

  it('does not make a new device wait for what the one before it refused', () => {
    machine.plug('eth0');
    refuse('eth0');
    for (let tries = 0; tries < 6; tries++) {
      machine.want('eth0');
      machine.nowMs += 60_000;
    }
    machine.want('eth0');
    machine.unplug('eth0');
    machine.plug('eth0');
    machine.refusals.clear();
    machine.want('eth0');
    assert.equal(machine.find('eth0')?.down, undefined);
  });

  it('tries at once where a refused device was away and came back', () => {
    machine.plug('eth0');
    refuse('eth0');
    machine.want('eth0');
    const { present } = machine;
    machine.present = [];
    machine.want('eth0');
    assert.equal(machine.find('eth0')?.down?.reason, 'absent');
    machine.refusals.clear();
    machine.present = present;
    machine.want('eth0');
    assert.equal(machine.find('eth0')?.down, undefined);
  });
});
