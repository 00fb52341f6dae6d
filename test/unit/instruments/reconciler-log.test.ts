// SPDX-License-Identifier: Apache-2.0
// What the reconciler says of its devices, and how often.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VerifierError } from '../../../src/errors.ts';
import { InstrumentError } from '../../../src/instruments/instrument.ts';
import { devicesOf } from './devices.ts';
import { Machine } from './machine.ts';

describe('the log of Reconciler', () => {
  const verdict = new VerifierError('xdp_exporter', 'R0 !read_ok', ['0: (95) exit', 'R0 !read_ok']);

  it('tells of every device that is attached, with the mode and the program', () => {
    const machine = new Machine();
    machine.plug('eth0', 'eth1');
    machine.want('eth0', 'eth1');
    assert.deepEqual(machine.log.at('info'), ['attached', 'attached']);
    assert.deepEqual(machine.log.fieldsAt('info'), [
      { device: 'eth0', mode: 'native', program_id: 1 },
      { device: 'eth1', mode: 'native', program_id: 2 },
    ]);
  });

  it('names the namespace of a device that has a label of it', () => {
    const machine = new Machine(1);
    const present = devicesOf('eth0', 'eth1');
    machine.look([{ netns: 'blue', identity: '4:1', wanted: ['eth0', 'eth1'], present }]);
    machine.look([{ netns: 'blue', identity: '4:1', wanted: [], present }]);
    assert.deepEqual(
      machine.log.records.map(({ message, fields }) => [
        message,
        fields['device'],
        fields['netns'],
      ]),
      [
        [
          'count device "eth1": every slot is taken; choose fewer devices, or give run a larger --max-devices',
          'eth1',
          'blue',
        ],
        ['attached', 'eth0', 'blue'],
        ['released device', 'eth0', 'blue'],
      ],
    );
  });

  it('logs a reason once, however often it tries, and a new reason again', () => {
    const machine = new Machine();
    machine.plug('eth0');
    const refuse = (code: string) =>
      machine.refusals.set('eth0', new InstrumentError('refused', `attach XDP to "eth0": ${code}`));
    refuse('EIO');
    for (const _ of [1, 2, 3]) {
      machine.want('eth0', 'eth9');
      machine.nowMs += 100_000;
    }
    assert.equal(machine.log.at('warn').length, 2);
    refuse('EINVAL');
    machine.want('eth0', 'eth9');
    assert.deepEqual(machine.log.at('warn').slice(2), ['attach XDP to "eth0": EINVAL']);
    assert.deepEqual(machine.find('eth0')?.down, {
      reason: 'refused',
      message: 'attach XDP to "eth0": EINVAL',
    });
  });

  it('says once that a device has gone, and no more than that', () => {
    const machine = new Machine();
    machine.plug('eth0');
    machine.want('eth0');
    machine.unplug('eth0');
    for (const _ of [1, 2, 3]) {
      machine.want('eth0');
    }
    assert.deepEqual(machine.log.at('warn'), ['watch device "eth0": the device has disappeared']);
  });

  it('says that a device which was refused has gone', () => {
    const machine = new Machine();
    machine.plug('eth0');
    machine.refusals.set('eth0', new InstrumentError('occupied', 'attach XDP to "eth0": occupied'));
    machine.want('eth0');
    machine.unplug('eth0');
    machine.want('eth0');
    assert.deepEqual(machine.log.at('warn').slice(1), [
      'find device "eth0": no such device; "xdp-exporter devices" lists the existing ones',
    ]);
  });

  it('says that another process detached the program', () => {
    const machine = new Machine();
    machine.plug('eth0');
    machine.want('eth0');
    machine.takeAway('eth0');
    machine.want('eth0');
    assert.deepEqual(machine.log.at('warn'), [
      'watch device "eth0": the program was detached by another process; the exporter attaches again; "bpftool net" shows the current programs',
    ]);
    assert.equal(machine.log.at('info').length, 2);
  });

  it('says why a device is down at the level that it was given', () => {
    const machine = new Machine(1, 'debug');
    machine.plug('eth0');
    machine.want('eth0', 'eth1');
    machine.unplug('eth0');
    machine.want('eth0', 'eth1');
    assert.deepEqual(machine.log.at('warn'), []);
    assert.deepEqual(machine.log.at('debug'), [
      'count device "eth1": every slot is taken; choose fewer devices, or give run a larger --max-devices',
      'watch device "eth0": the device has disappeared',
    ]);
  });

  it("shows the verifier's log at level debug, once", () => {
    const machine = new Machine();
    machine.plug('eth0');
    machine.refusals.set('eth0', verdict);
    for (const _ of [1, 2, 3]) {
      machine.want('eth0');
      machine.nowMs += 100_000;
    }
    assert.deepEqual(
      machine.log.fieldsAt('debug').map(({ line }) => line),
      verdict.log,
    );
    assert.deepEqual(machine.log.at('warn'), [verdict.message]);
    assert.equal(machine.find('eth0')?.down?.reason, 'refused');
  });

  it("shows the verifier's log also of a device that was absent before", () => {
    const machine = new Machine();
    machine.refusals.set('eth0', verdict);
    machine.want('eth0');
    machine.plug('eth0');
    machine.want('eth0');
    assert.equal(machine.log.at('debug').length, verdict.log.length);
  });
});
