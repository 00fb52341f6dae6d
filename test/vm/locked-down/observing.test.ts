// SPDX-License-Identifier: Apache-2.0
// Observing on a kernel in lockdown "confidentiality", where no program may read memory: what counts, and what is said.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { skipBefore } from '../../kernel/support/kernel-version.ts';
import { ForeignPrograms, foreignFrame } from '../support/foreign.ts';
import { Hook } from '../support/hook.ts';
import { Observing } from '../support/observing.ts';

const DROPPED = foreignFrame({ verdict: 1, length: 100, source: 0xc633_6401 });

describe('a kernel in lockdown', {
  skip: skipBefore('5.17', 'for a tracing program to ask for a verdict'),
}, () => {
  let hook: Hook;
  let foreign: ForeignPrograms;
  before(() => {
    hook = new Hook(['ld0', 'ld1', 'ld2']);
    foreign = new ForeignPrograms();
    hook.attach('ld0', foreign.fd('foreign_plain'), 'link', 'native');
    hook.attach('ld1', foreign.fd('foreign_untyped'), 'link', 'native');
  });
  after(() => {
    foreign?.close();
    hook?.close();
  });

  /** Of each device: what it has counted of 40 frames, or why it is down. */
  async function outcomes(observing: Observing): Promise<readonly unknown[]> {
    for (const device of ['ld0', 'ld1', 'ld2']) {
      hook.send(device, DROPPED, 40);
    }
    await sleep(200);
    const { devices, parts } = await observing.settled();
    return devices.map(({ reason, up }, index) =>
      up ? [...(parts.traffic?.[index]?.packets ?? [])] : reason,
    );
  }

  test('lets nothing be observed with its addresses, and programs of ours log all the same', async (t) => {
    const observing = new Observing(hook, ['ld0', 'ld1', 'ld2'], { mode: 'auto' });
    t.after(() => observing.session.close());
    assert.deepEqual(await outcomes(observing), ['permission', 'permission', [0, 0, 40, 0, 0, 0]]);
    for (const message of observing.log.at('warn').slice(-2)) {
      assert.match(message, /^observe program .*lockdown=integrity.*--logger off/);
    }
    const { parts } = observing.session.snapshot();
    assert.equal(parts.logger?.devices[2]?.decoded, 40);
  });

  test('lets packets be counted without a logger, where the program takes a struct xdp_md', async (t) => {
    const observing = new Observing(hook, ['ld0', 'ld1'], { withLogger: false });
    t.after(() => observing.session.close());
    assert.deepEqual(await outcomes(observing), [[0, 40, 0, 0, 0, 0], 'permission']);
    const { parts } = observing.session.snapshot();
    assert.deepEqual([...(parts.traffic?.[0]?.bytes ?? [])], [0, 4000, 0, 0, 0, 0]);
    assert.equal(observing.log.at('warn').length, 1);
  });
});
