// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { EngineOptions } from '../../../src/engine/messages.ts';
import { Session } from '../../../src/engine/session.ts';
import { SystemError } from '../../../src/errors.ts';
import { ACTION_COUNT, SIZE_SLOTS } from '../../../src/kernel/abi.ts';
import { FakeKernel, FakeLog, optionsOf } from './fake-kernel.ts';

const PASS = 2;

describe('a snapshot of Session', () => {
  let kernel: FakeKernel;
  let log: FakeLog;
  beforeEach(() => {
    kernel = new FakeKernel();
    log = new FakeLog();
  });

  /** A session on these devices, all of which are there. */
  function open(names: readonly string[], others: Partial<EngineOptions> = {}): Session {
    kernel.plug(...names.toSorted());
    const session = new Session(kernel, optionsOf({ include: names }, others), log.logger);
    session.rescan();
    return session;
  }

  it('has the devices in the order wanted, each with its own counters', () => {
    const session = open(['eth1', 'eth0']);
    kernel.traffic.set(0 * ACTION_COUNT + PASS, 0, 0, 11n);
    kernel.traffic.set(1 * ACTION_COUNT + PASS, 3, 0, 22n);
    kernel.packetSizes.set(1, 2, SIZE_SLOTS, 4096n);
    const before = Date.now();
    const { devices, cpus, collectors, takenAtMs } = session.snapshot();
    assert.ok(takenAtMs >= before && takenAtMs <= Date.now());
    assert.deepEqual(cpus, [0, 1, 2, 3]);
    assert.deepEqual(
      devices.map(({ name, up, traffic, packetSizes, program }) => [
        name,
        up,
        traffic?.packets[PASS],
        packetSizes?.bytes,
        program?.mode,
      ]),
      [
        ['eth1', true, 11, 0, 'native'],
        ['eth0', true, 22, 4096, 'native'],
      ],
    );
    assert.deepEqual(
      collectors.map(({ name, success }) => [name, success]),
      [
        ['traffic', true],
        ['packet_sizes', true],
        ['devices', true],
      ],
    );
  });

  it('has the rows of the online CPUs, whose ids may have gaps', () => {
    kernel = new FakeKernel([0, 1, 4, 5]);
    kernel.online = [1, 5];
    const session = open(['eth0']);
    for (const position of [0, 1, 2, 3]) {
      kernel.traffic.set(PASS, position, 0, 10n ** BigInt(position));
    }
    const { cpus, devices } = session.snapshot();
    const traffic = devices[0]?.traffic;
    assert.deepEqual(cpus, [1, 5]);
    assert.deepEqual(
      [traffic?.cpuPackets[PASS], traffic?.cpuPackets[ACTION_COUNT + PASS]],
      [10, 1000],
    );
    assert.equal(traffic?.packets[PASS], 1111);
  });

  it('has no counters of a device that was never attached, and keeps those of one that was', () => {
    kernel.plug('eth0');
    const session = new Session(kernel, optionsOf({ include: ['eth0', 'eth9'] }), log.logger);
    session.rescan();
    kernel.unplug('eth0');
    session.rescan();
    const [gone, never] = session.snapshot().devices;
    assert.deepEqual(Object.keys(gone ?? {}).toSorted(), [
      'name',
      'packetSizes',
      'startedAtMs',
      'traffic',
      'up',
    ]);
    assert.deepEqual(never, { name: 'eth9', up: false });
  });

  it('sees at once that a device went down', () => {
    const session = open(['eth0']);
    const attachment = kernel.attachments.get('eth0');
    assert.ok(attachment !== undefined);
    attachment.attached = false;
    const [device] = session.snapshot().devices;
    assert.equal(device?.up, false);
    assert.equal(device?.program, undefined);
    assert.ok(device?.traffic !== undefined);
  });

  it('reads no packet sizes where they are switched off', () => {
    const session = open(['eth0'], { packetSizes: false });
    const { devices, collectors } = session.snapshot();
    assert.equal(devices[0]?.packetSizes, undefined);
    assert.deepEqual(kernel.packetSizes.reads, []);
    assert.ok(!collectors.some(({ name }) => name === 'packet_sizes'));
  });

  for (const failing of ['traffic', 'packetSizes'] as const) {
    it(`leaves out what could not be read of ${failing}, and nothing else`, () => {
      const session = open(['eth0']);
      kernel[failing].failure = new SystemError('read key 0 of per-CPU map', 'EBADF');
      const { devices, collectors } = session.snapshot();
      assert.equal(devices[0]?.up, true);
      assert.equal(devices[0]?.traffic === undefined, failing === 'traffic');
      assert.equal(devices[0]?.packetSizes === undefined, failing === 'packetSizes');
      const collector = failing === 'traffic' ? 'traffic' : 'packet_sizes';
      assert.deepEqual(
        collectors.filter(({ success }) => !success).map(({ name }) => name),
        [collector],
      );
      assert.deepEqual(log.at('warn'), [`collect ${collector}: read key 0 of per-CPU map: EBADF`]);
    });
  }

  it('survives a device whose link cannot be read', () => {
    const session = open(['eth0']);
    const attachment = kernel.attachments.get('eth0');
    assert.ok(attachment !== undefined);
    attachment.isAttached = () => {
      throw new SystemError('read XDP link', 'EBADF');
    };
    const { devices, collectors } = session.snapshot();
    assert.deepEqual(devices, []);
    assert.deepEqual(
      collectors.map(({ success }) => success),
      [true, true, false],
    );
  });
});
