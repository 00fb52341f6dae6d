// SPDX-License-Identifier: Apache-2.0
// The engine's kernel as it is: maps, programs and namespaces that come and go, in namespaces of the test's own.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { type Kernel, openKernel } from '../../src/engine/kernel.ts';
import type { EngineOptions } from '../../src/engine/options.ts';
import { Session } from '../../src/engine/session.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { readNetNamespaceIdentity, withinNamespace } from '../../src/kernel/net-namespace.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { LOGGER, optionsOf } from '../unit/engine/engine-options.ts';
import { PASS } from '../unit/engine/fake-machine.ts';
import { FakeLog } from '../unit/fake-log.ts';
import { skipUnlessRoot } from './support/root.ts';

const BLUE = `xdp-engine-${process.pid}-b`;
const RED = `xdp-engine-${process.pid}-r`;

function ip(...words: readonly string[]): void {
  execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** Two namespaces and a cable between them. */
function plug(): void {
  for (const netns of [BLUE, RED]) {
    ip('netns', 'add', netns);
  }
  ip('-n', BLUE, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', RED);
  for (const [netns, address] of [
    [BLUE, '192.0.2.1/24'],
    [RED, '192.0.2.2/24'],
  ] as const) {
    ip('-n', netns, 'address', 'add', address, 'dev', 'eth0');
    ip('-n', netns, 'link', 'set', 'eth0', 'up');
  }
}

function unplug(): void {
  for (const netns of [BLUE, RED]) {
    try {
      ip('netns', 'delete', netns);
    } catch {
      // It is not there: what a test wanted to be gone is gone.
    }
  }
}

function ping(count: number): void {
  const words = [
    'netns',
    'exec',
    BLUE,
    'ping',
    '-q',
    '-c',
    String(count),
    '-i',
    '0.02',
    '192.0.2.2',
  ];
  execFileSync('ip', words, { stdio: 'ignore' });
}

function descriptors(): number {
  return readdirSync('/proc/self/fd').length;
}

/** A snapshot with nothing under way. */
async function settled(session: Session): Promise<Snapshot> {
  for (;;) {
    session.turn();
    const snapshot = session.snapshot();
    const outcomes = snapshot.parts.logger?.devices ?? [];
    if (outcomes.every((outcome) => (outcome?.pending ?? 0) === 0)) {
      return snapshot;
    }
    await new Promise(setImmediate);
  }
}

function totalsOf({ devices, parts }: Snapshot): ReadonlyMap<string, number> {
  return new Map(
    devices.map(({ netns, name }, index) => {
      const outcome = parts.logger?.devices[index];
      const packets = parts.traffic?.[index]?.packets[PASS] ?? 0;
      const { decoded = 0, sampledOut = 0, ringFull = 0, noRing = 0 } = outcome ?? {};
      assert.equal(decoded + sampledOut + ringFull + noRing, packets);
      return [`${netns}/${name}`, packets];
    }),
  );
}

const options = (others: Partial<EngineOptions> = {}) =>
  optionsOf({ include: ['eth*'] }, { logger: LOGGER, netns: [BLUE, RED], ...others });

describe('openKernel', { skip: skipUnlessRoot }, () => {
  let kernel: Kernel;
  before(() => {
    kernel = openKernel(options({ netns: [], slots: 3 }));
  });
  after(() => kernel.close());

  it('knows the CPUs of this machine', () => {
    assert.deepEqual(kernel.possibleCpus, readCpuMask('possible'));
    assert.deepEqual(kernel.onlineCpus(), readCpuMask('online'));
  });

  it('has as many slots as were asked for, which start at zero', () => {
    kernel.clearSlot(2);
    assert.ok(kernel.counters.read(3).words.every((word) => word === 0n));
    assert.throws(() => kernel.clearSlot(3));
  });
});

describe('a session on real namespaces', { skip: skipUnlessRoot }, () => {
  after(unplug);

  it('counts on in namespaces that are deleted and made anew, and leaves nothing behind', async () => {
    const home = readNetNamespaceIdentity();
    const log = new FakeLog();
    const session = new Session(openKernel(options()), options(), log.log);
    try {
      session.rescan();
      const open: number[] = [];
      let last: ReadonlyMap<string, number> = new Map();
      for (let round = 0; round < 3; round++) {
        plug();
        session.rescan();
        const attached = session.snapshot().devices.map(({ netns, up }) => [netns, up]);
        assert.deepEqual(attached, [
          [BLUE, true],
          [RED, true],
        ]);
        ping(5);
        const totals = totalsOf(await settled(session));
        for (const [device, packets] of totals) {
          assert.ok(packets >= (last.get(device) ?? 0) + 5, `${device}: ${packets}`);
        }
        unplug();
        session.rescan();
        last = totalsOf(await settled(session));
        open.push(descriptors());
        assert.deepEqual(
          session.snapshot().devices.map(({ reason }) => reason),
          ['no_namespace', 'no_namespace'],
        );
      }
      assert.equal(open.at(-1), open.at(0));
      assert.equal(readNetNamespaceIdentity(), home);
    } finally {
      session.close();
      unplug();
    }
  });

  it('hears at once of devices that come and go, and of nothing where nothing happens', () => {
    plug();
    const session = new Session(openKernel(options()), options(), new FakeLog().log);
    try {
      session.rescan();
      session.changed();
      assert.equal(session.changed(), false);
      ip('-n', RED, 'link', 'add', 'eth7', 'type', 'veth', 'peer', 'name', 'peer7');
      assert.equal(session.changed(), true);
      session.rescan();
      const eth7 = () => session.snapshot().devices.find(({ name }) => name === 'eth7');
      assert.equal(eth7()?.up, true);
      ip('-n', RED, 'link', 'delete', 'eth7');
      assert.equal(session.changed(), true);
      session.rescan();
      assert.deepEqual([eth7()?.wanted, eth7()?.counted], [false, true]);
    } finally {
      session.close();
      unplug();
    }
  });

  it('names the program that is on a device, and takes the device when that has gone', () => {
    plug();
    const first = new Session(openKernel(options()), options(), new FakeLog().log);
    const log = new FakeLog();
    const second = new Session(openKernel(options()), options(), log.log);
    try {
      first.rescan();
      second.rescan();
      assert.match(
        log.at('warn')[0] ?? '',
        /occupied by program "xdp_exporter" \(id \d+, mode native\)/,
      );
      assert.deepEqual(
        second.snapshot().devices.map(({ reason }) => reason),
        ['occupied', 'occupied'],
      );
    } finally {
      first.close();
      second.close();
    }
    const third = new Session(openKernel(options()), options(), log.log);
    try {
      third.rescan();
      assert.ok(third.snapshot().devices.every(({ up }) => up));
    } finally {
      third.close();
      unplug();
    }
  });

  it('attaches at once to a device that moves from one namespace to another', () => {
    plug();
    const session = new Session(openKernel(options()), options(), new FakeLog().log);
    try {
      ip('-n', BLUE, 'link', 'add', 'eth5', 'type', 'veth', 'peer', 'name', 'peer5');
      session.rescan();
      ip('-n', BLUE, 'link', 'set', 'eth5', 'netns', RED);
      session.rescan();
      const moved = session.snapshot().devices.filter(({ name }) => name === 'eth5');
      assert.deepEqual(
        moved.map(({ netns, wanted, up }) => [netns, wanted, up]),
        [
          [BLUE, false, false],
          [RED, true, true],
        ],
      );
      assert.equal(
        withinNamespace(`/run/netns/${RED}`, () => true),
        true,
      );
    } finally {
      session.close();
      unplug();
    }
  });
});
