// SPDX-License-Identifier: Apache-2.0
// A real driver, and CPUs that go and come: what network namespaces on one machine do not show.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { EngineOptions } from '../../src/engine/options.ts';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { skipBefore } from '../kernel/support/kernel-version.ts';
import { ForeignPrograms, foreignFrame } from './support/foreign.ts';
import { Hook } from './support/hook.ts';
import { Observing } from './support/observing.ts';

const FRAMES = 500;
const DROP = 1;
const PASS = 2;
const frame = (verdict: number) => foreignFrame({ verdict, length: 60, source: 0xc633_6401 });

/** The machine has two, at two ends of one wire. */
const NICS = { device: 'eth0', peer: 'eth1' } as const;

/** Before, native XDP of virtio-net wants a queue for each CPU. */
const skip = skipBefore('5.17', 'for virtio-net with one queue, and to ask for a verdict');

/** Packets by verdict, and whether the logger has a record of each. */
async function countsOf(observing: Observing, expected: number): Promise<unknown[]> {
  const packetsOf = ({ parts }: Snapshot) => [...(parts.traffic?.[0]?.packets ?? [])];
  await observing.until(
    `${expected} packets`,
    () => packetsOf(observing.session.snapshot()).reduce((sum, each) => sum + each, 0) >= expected,
  );
  const snapshot = await observing.settled();
  const { decoded } = snapshot.parts.logger?.devices[0] ?? {};
  const packets = packetsOf(snapshot);
  return [packets[DROP], packets[PASS], decoded];
}

describe('virtio-net', { skip }, () => {
  const open = (hook: Hook, others: Partial<EngineOptions>) =>
    new Observing(hook, ['vn0'], { xdpMode: 'native', ...others });

  test('counts exactly, natively: our program, and after it that of somebody else', async () => {
    const hook = new Hook(['vn0'], 1500, NICS);
    const foreign = new ForeignPrograms();
    try {
      const attached = open(hook, { mode: 'attach' });
      hook.send('vn0', frame(DROP), FRAMES);
      assert.deepEqual(await countsOf(attached, FRAMES), [0, FRAMES, FRAMES]);
      assert.equal(attached.session.snapshot().devices[0]?.program?.mode, 'native');
      attached.session.close();

      const holding = hook.attach('vn0', foreign.fd('foreign_plain'), 'netlink', 'native');
      const observed = open(hook, { mode: 'observe' });
      hook.send('vn0', frame(DROP), FRAMES);
      hook.send('vn0', frame(PASS), FRAMES);
      assert.deepEqual(await countsOf(observed, 2 * FRAMES), [FRAMES, FRAMES, 2 * FRAMES]);
      assert.equal(observed.session.snapshot().devices[0]?.program?.role, 'observed');
      observed.session.close();
      holding.detach();
    } finally {
      foreign.close();
      hook.close();
    }
  });
});

describe('a CPU', () => {
  const switchCpu = (isOnline: boolean) =>
    writeFileSync('/sys/devices/system/cpu/cpu1/online', isOnline ? '1' : '0');

  test('that goes takes no count with it, and one that comes loses no record from its second turn on', async () => {
    assert.deepEqual(readCpuMask('online'), [0, 1]);
    const hook = new Hook(['hp0']);
    const observing = new Observing(hook, ['hp0'], { mode: 'attach' });
    try {
      let sent = 0;
      const send = async (cpu: number, times: number) => {
        pinThread(cpu);
        hook.send('hp0', frame(PASS), times);
        sent += times;
        const [, passed, decoded] = await countsOf(observing, sent);
        assert.equal(passed, sent);
        return decoded;
      };
      assert.equal(await send(1, FRAMES), FRAMES);
      pinThread(0);
      switchCpu(false);
      assert.equal(await send(0, FRAMES), 2 * FRAMES);
      switchCpu(true);
      // The first packet of a CPU without a ring is what asks for one.
      const first = await send(1, 1);
      assert.ok(first === 2 * FRAMES || first === sent);
      assert.equal(await send(1, FRAMES), (first as number) + FRAMES);
      const { decoded, noRing } = observing.session.snapshot().parts.logger?.devices[0] ?? {};
      assert.equal((decoded ?? 0) + (noRing ?? 0), sent);
    } finally {
      observing.session.close();
      hook.close();
    }
  });
});
