// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { EngineOptions } from '../../../src/engine/options.ts';
import { Session } from '../../../src/engine/session.ts';
import { SystemError } from '../../../src/errors.ts';
import { FakeLog } from '../fake-log.ts';
import { LOGGER, optionsOf } from './engine-options.ts';
import { FakeKernel } from './fake-kernel.ts';
import { PASS } from './fake-machine.ts';

describe('a snapshot of Session', () => {
  let kernel: FakeKernel;
  let log: FakeLog;
  beforeEach(() => {
    kernel = new FakeKernel();
    log = new FakeLog();
  });

  /** A session on these devices, all of which are there. */
  function open(names: readonly string[], others: Partial<EngineOptions> = {}): Session {
    kernel.home.plug(...names.toSorted());
    const session = new Session(kernel, optionsOf({ include: names }, others), log.log);
    session.rescan();
    return session;
  }

  function receive(name: string, packets: number, cpu = 0): void {
    for (let packet = 0; packet < packets; packet++) {
      kernel.receive(name, { cpu });
    }
  }

  it('has the devices in the order wanted, each with its own counters', () => {
    const session = open(['eth1', 'eth0']);
    receive('eth1', 11);
    receive('eth0', 22, 3);
    const { devices, cpus, collectors, parts } = session.snapshot();
    assert.deepEqual(cpus, [0, 1, 2, 3]);
    assert.deepEqual(
      devices.map(({ name, netns, up, wanted, counted, reason, program }) => {
        return [name, netns, up, wanted, counted, reason, program?.mode];
      }),
      [
        ['eth1', undefined, true, true, true, undefined, 'native'],
        ['eth0', undefined, true, true, true, undefined, 'native'],
      ],
    );
    assert.deepEqual(
      parts.traffic?.map((traffic) => traffic?.packets[PASS]),
      [11, 22],
    );
    assert.ok(collectors.every(({ success }) => success));
    assert.equal(collectors.at(-1)?.name, 'rescan');
  });

  it('tells the time by both clocks, and since when the engine counts', (t) => {
    const date = t.mock.method(Date, 'now', () => 1_700_000_000_000);
    const session = open([]);
    date.mock.mockImplementation(() => 1_600_000_000_000);
    const now = t.mock.method(performance, 'now', () => 5_000);
    const { takenAtMs, monotonicMs, startedAtMs } = session.snapshot();
    now.mock.restore();
    assert.deepEqual(
      [startedAtMs, takenAtMs, monotonicMs],
      [1_700_000_000_000, 1_600_000_000_000, 5_000],
    );
  });

  it('has the rows of the online CPUs, whose ids may have gaps', () => {
    kernel = new FakeKernel([0, 1, 4, 5]);
    const session = open(['eth0']);
    for (const [position, cpu] of kernel.possibleCpus.entries()) {
      receive('eth0', 10 ** position, cpu);
    }
    kernel.online = [1, 5];
    const { cpus, parts } = session.snapshot();
    assert.deepEqual(cpus, [1, 5]);
    assert.deepEqual(
      [...(parts.traffic?.[0]?.cpuPackets ?? [])].filter((packets) => packets > 0),
      [10, 1000],
    );
    assert.equal(parts.traffic?.[0]?.packets[PASS], 1111);
  });

  it('shows a CPU that sends though it is not listed as online', () => {
    kernel.online = [0];
    const session = open(['eth0']);
    assert.deepEqual(session.snapshot().cpus, [0]);
    receive('eth0', 1, 2);
    assert.deepEqual(session.snapshot().cpus, [0, 2]);
  });

  it('has no counters of a device that was never attached, and keeps those of one that was', () => {
    kernel.home.plug('eth0');
    const session = new Session(kernel, optionsOf({ include: ['eth0', 'eth9'] }), log.log);
    session.rescan();
    receive('eth0', 5);
    kernel.home.unplug('eth0');
    session.rescan();
    const { devices, parts } = session.snapshot();
    const [gone, never] = devices;
    assert.ok(gone?.startedAtMs !== undefined);
    const { startedAtMs: _, attempts: __, ...rest } = gone;
    assert.deepEqual(
      [rest, never],
      [
        { name: 'eth0', wanted: true, up: false, reason: 'absent', counted: true },
        { name: 'eth9', wanted: true, up: false, reason: 'absent', counted: false },
      ],
    );
    assert.equal(parts.traffic?.[0]?.packets[PASS], 5);
    assert.equal(parts.traffic?.[1], undefined);
    assert.equal(parts.packet_sizes?.[1], undefined);
  });

  it('keeps every part of a device that is not wanted any more, and no reason', () => {
    kernel.home.plug('eth0');
    kernel.home.routes = [1];
    const options = optionsOf({ defaultRoute: true }, { logger: LOGGER });
    const session = new Session(kernel, options, log.log);
    session.rescan();
    receive('eth0', 3);
    kernel.home.routes = [];
    session.rescan();
    const { devices, parts } = session.snapshot();
    const { startedAtMs: _, attempts: __, ...device } = devices[0] ?? {};
    assert.deepEqual(device, { name: 'eth0', wanted: false, up: false, counted: true });
    assert.equal(parts.traffic?.[0]?.packets[PASS], 3);
    assert.equal(parts.logger?.devices[0]?.decoded, 3);
    assert.equal(parts.sources?.[0]?.other.packets, 3);
    for (const part of [parts.packet_sizes, parts.protocols]) {
      assert.ok(part !== undefined);
    }
  });

  it('shows the devices that have no slot, without counters, after all others', () => {
    const session = open(['eth0', 'eth1', 'eth2'], { slots: 1 });
    const { devices, parts } = session.snapshot();
    assert.deepEqual(devices.slice(1), [
      { name: 'eth1', wanted: true, up: false, reason: 'left_out', counted: false },
      { name: 'eth2', wanted: true, up: false, reason: 'left_out', counted: false },
    ]);
    assert.equal(parts.traffic?.length, 3);
    assert.deepEqual(parts.traffic?.slice(1), [undefined, undefined]);
  });

  it('sees at once that a device went down, or that its link cannot be read', () => {
    const session = open(['eth0']);
    const attachment = kernel.attachmentOf('eth0');
    assert.ok(attachment !== undefined);
    for (const isAttached of [
      () => false,
      () => {
        throw new SystemError('read XDP link', 'EBADF');
      },
    ]) {
      attachment.isAttached = isAttached;
      const { devices, parts } = session.snapshot();
      assert.deepEqual(
        devices.map(({ up, reason, program }) => [up, reason, program]),
        [[false, 'detached', undefined]],
      );
      assert.ok(parts.traffic?.[0] !== undefined);
    }
  });

  it('reads the kernel once for all collectors, and as many slots as are taken', () => {
    const session = open(['eth0', 'eth1', 'eth2'], { logger: LOGGER });
    session.snapshot();
    session.snapshot();
    assert.deepEqual(kernel.counters.reads, [3, 3]);
  });

  it('leaves out exactly what could not be read, says so once, and again after it could', () => {
    const session = open(['eth0'], { logger: LOGGER });
    receive('eth0', 2);
    kernel.counters.failure = new SystemError('read key 0 of per-CPU map', 'EBADF');
    for (const _ of [1, 2]) {
      const { devices, cpus, collectors, parts } = session.snapshot();
      assert.equal(devices[0]?.up, true);
      assert.deepEqual(cpus, [0, 1, 2, 3]);
      assert.deepEqual(Object.keys(parts), ['sources', 'queues']);
      assert.deepEqual(
        collectors.map(({ name, success }) => [name, success]),
        [
          ['traffic', false],
          ['packet_sizes', false],
          ['sources', true],
          ['queues', true],
          ['peaks', false],
          ['logger', false],
          ['protocols', false],
          ['tcp', false],
          ['rescan', true],
        ],
      );
    }
    const warnings = ['traffic', 'packet_sizes', 'peaks', 'logger', 'protocols', 'tcp'].map(
      (name) => `collect ${name}: read key 0 of per-CPU map: EBADF`,
    );
    assert.deepEqual(log.at('warn'), warnings);
    kernel.counters.failure = undefined;
    session.snapshot();
    kernel.counters.failure = new SystemError('read key 0 of per-CPU map', 'EBADF');
    session.snapshot();
    assert.deepEqual(log.at('warn'), [...warnings, ...warnings]);
  });

  it('adds up, whatever packets come and turns are taken while it is made', (t) => {
    const session = open(['eth0'], { logger: LOGGER });
    // Every look at the clock finds that a turn is due.
    let nowMs = performance.now();
    t.mock.method(performance, 'now', () => {
      nowMs += 10;
      return nowMs;
    });
    kernel.counters.around = (isTaken) => {
      receive('eth0', isTaken ? 5 : 3);
      session.turn();
    };
    for (const before of [1, 10]) {
      receive('eth0', 1);
      const { parts } = session.snapshot();
      assert.equal(parts.traffic?.[0]?.packets[PASS], before + 3);
      assert.deepEqual(parts.logger?.devices, [
        { decoded: before, sampledOut: 0, ringFull: 0, noRing: 0, noEntry: 0, pending: 3 },
      ]);
      assert.equal(parts.sources?.[0]?.other.packets, before);
    }
  });
});
