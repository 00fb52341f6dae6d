// SPDX-License-Identifier: Apache-2.0
// Debian's libxdp: a dispatcher with two components is one program with one verdict, and loads and unloads as ever.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { skipBefore } from '../kernel/support/kernel-version.ts';
import { foreignFrame, PLAIN_OBJECT, VERDICTS } from './support/foreign.ts';
import { Hook } from './support/hook.ts';
import { Observing } from './support/observing.ts';

const DEVICE = 'lx0';
const FRAMES = 200;

describe('a libxdp dispatcher', {
  skip: skipBefore('5.17', 'for a tracing program to ask for a verdict'),
}, () => {
  let hook: Hook;
  before(() => {
    hook = new Hook([DEVICE]);
  });
  after(() => hook?.close());

  /** In the namespace of the device, where "ip netns exec" would hide the BPF file system. */
  function loader(...args: readonly string[]): void {
    const within = [`--net=${hook.netns.path}`, 'xdp-loader'];
    execFileSync('nsenter', [...within, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  const load = (program: string, priority: number) =>
    loader('load', '-m', 'native', '-P', `${priority}`, '-n', program, DEVICE, PLAIN_OBJECT);

  /** Counted since the last call, by action. */
  async function countFrames(observing: Observing): Promise<readonly number[]> {
    const packetsOf = async () => [
      ...((await observing.settled()).parts.traffic?.[0]?.packets ?? []),
    ];
    const before = await packetsOf();
    for (const [index, verdict] of VERDICTS.entries()) {
      hook.send(DEVICE, foreignFrame({ verdict, length: 100, source: 1 }), FRAMES + index);
    }
    await sleep(300);
    const packets = await packetsOf();
    return packets.map((count, action) => count - (before[action] ?? 0));
  }

  test('is counted by its final verdict, with its components named, as they come and go', async (t) => {
    load('foreign_other', 10);
    load('foreign_plain', 20);
    const observing = new Observing(hook, [DEVICE]);
    t.after(() => observing.session.close());
    const programOf = () => observing.session.snapshot().devices[0]?.program;
    const componentsOf = () =>
      programOf()?.components?.map((component) => [component.function, component.name]);
    assert.equal(programOf()?.name, 'xdp_dispatcher');
    assert.deepEqual(componentsOf(), [
      ['prog0', 'foreign_other'],
      ['prog1', 'foreign_plain'],
    ]);
    // The first drops, and passes all else on to the second, which decides as the frame says.
    const each = VERDICTS.map((_, index) => FRAMES + index);
    assert.deepEqual(await countFrames(observing), each);

    const [first] = programOf()?.components ?? [];
    const id = programOf()?.id;
    loader('unload', '-i', `${first?.id}`, DEVICE);
    await observing.until('the next dispatcher', ({ up, program }) => up && program?.id !== id);
    // One that is alone takes the place of the whole dispatcher.
    assert.deepEqual(componentsOf(), [['xdp_dispatcher', 'foreign_plain']]);
    assert.equal(programOf()?.name, 'xdp_dispatcher');
    assert.deepEqual(await countFrames(observing), each);

    const next = programOf()?.id;
    load('foreign_with_a_rather_long_name', 5);
    await observing.until('the third', ({ up, program }) => up && program?.id !== next);
    assert.deepEqual(componentsOf(), [
      ['prog0', 'foreign_with_a_rather_long_name'],
      ['prog1', 'foreign_plain'],
    ]);
    assert.deepEqual(await countFrames(observing), each);
    assert.deepEqual(observing.session.snapshot().devices[0]?.observed, {
      retargets: 2,
      missed: 0,
    });

    loader('unload', '--all', DEVICE);
    await observing.until('the end', ({ up, reason }) => !up && reason === 'no_program');
    assert.equal(hook.programId(DEVICE), 0);
  });
});
