// SPDX-License-Identifier: Apache-2.0
// The owner of an observed program replaces it, takes it away and brings it back, under a flood that another process makes.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type GeneratorProcess, startGenerator } from '../../../src/demo/generator-process.ts';
import { type Kernel, openKernel } from '../../../src/engine/kernel.ts';
import { skipBefore } from '../../kernel/support/kernel-version.ts';
import { ForeignPrograms } from '../support/foreign.ts';
import { Hook, type Owner, peerOf } from '../support/hook.ts';
import { Observing } from '../support/observing.ts';
import { resources } from '../support/resources.ts';

const ROUNDS = Number(process.env['XDP_TEST_ROUNDS'] ?? 3);
const RATE = 5_000;
const DEVICE = 'of0';

/** By a clock that counts instructions: what it shows does not depend on how busy the host is. */
const OBSERVED_WITHIN_MS = 1_000;
const STARTED_WITHIN_MS = 60_000;

describe('an owner that acts under a flood', {
  skip: skipBefore('5.18', 'for live frames, of which the flood is made'),
}, () => {
  let hook: Hook;
  let foreign: ForeignPrograms;
  let flood: GeneratorProcess;
  before(() => {
    hook = new Hook([DEVICE]);
    foreign = new ForeignPrograms();
  });
  after(async () => {
    await flood?.stop();
    foreign?.close();
    hook?.close();
  });

  for (const owner of ['netlink', 'link'] satisfies readonly Owner[]) {
    test(`loses a second of it at most each time, and nothing leaks: by ${owner}`, async (t) => {
      let holding = hook.attach(DEVICE, foreign.fd('foreign_plain'), owner, 'native');
      t.after(() => holding.detach());
      flood ??= startGenerator({
        ...{ netns: hook.netns.name, device: peerOf(DEVICE) },
        ...{ rate: RATE, durationSeconds: 3_600 },
      });
      let opened = 0;
      const observing = new Observing(hook, [DEVICE], {}, (options) => {
        const kernel = openKernel(options);
        const observe: Kernel['observe'] = (...asked) => {
          const observation = kernel.observe(...asked);
          opened++;
          return observation;
        };
        return { ...kernel, observe };
      });
      t.after(() => observing.session.close());
      const counted = new Lasting(observing);
      await counted.until('the flood', () => counted.packets > RATE / 10, STARTED_WITHIN_MS);
      const before = resources();
      const seenBefore = [hook.received(DEVICE), counted.look()] as const;
      const tookMs: number[] = [];
      /** Until the program is observed: the engine takes no snapshots meanwhile. */
      const observed = async (id: number) => {
        const startedAtMs = performance.now();
        for (const before = opened; opened === before; await sleep(5)) {
          observing.tick();
        }
        tookMs.push(performance.now() - startedAtMs);
        await counted.untilCounted(id);
      };

      const names = ['foreign_plain', 'foreign_other'] as const;
      for (let round = 1; round <= ROUNDS; round++) {
        const name = names[round % 2] ?? names[0];
        holding.replace(foreign.fd(name));
        await observed(foreign.id(name));
      }
      for (let round = 0; round < ROUNDS; round++) {
        holding.detach();
        await counted.until('the end', ({ reason }) => reason === 'no_program');
        holding = hook.attach(DEVICE, foreign.fd('foreign_plain'), owner, 'native');
        await observed(foreign.id('foreign_plain'));
      }

      await observing.settled();
      const [received, packets] = [hook.received(DEVICE), counted.look()];
      const arrived = received - seenBefore[0];
      const uncounted = arrived - (packets - seenBefore[1]);
      const sum = tookMs.reduce((each, other) => each + other);
      const most = Math.max(...tookMs);
      t.diagnostic(
        `${tookMs.length} changes, observed after ${Math.round(sum / tookMs.length)} ms, ${Math.round(most)} ms at most; ` +
          `${uncounted} of ${arrived} frames not counted`,
      );
      assert.ok(most < OBSERVED_WITHIN_MS, `observed after ${tookMs} ms`);
      // Those that arrive between the two reads are no loss.
      assert.ok(uncounted <= (sum / 1000) * RATE * 1.5 + RATE, `${uncounted} of ${arrived}`);
      const [device] = observing.session.snapshot().devices;
      assert.deepEqual(device?.observed?.retargets, ROUNDS + (ROUNDS % 2));
      // The kernel frees what nobody holds a moment later.
      for (let left = 100; left > 0 && !isSame(resources(), before); left--) {
        await sleep(50);
      }
      assert.deepEqual(resources(), before);
    });
  }
});

function isSame(one: object, other: object): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** The counters of the first device, which never go back. */
class Lasting {
  readonly #observing: Observing;
  packets = 0;

  constructor(observing: Observing) {
    this.#observing = observing;
  }

  look(): number {
    const { parts } = this.#observing.session.snapshot();
    const packets = [...(parts.traffic?.[0]?.packets ?? [])].reduce((sum, each) => sum + each, 0);
    assert.ok(packets >= this.packets, `${packets} after ${this.packets}`);
    this.packets = packets;
    return packets;
  }

  async until(what: string, isSo: Parameters<Observing['until']>[1], ms?: number): Promise<number> {
    return this.#observing.until(
      what,
      (device) => {
        this.look();
        return isSo(device);
      },
      ms,
    );
  }

  /** That program is observed, and frames of it are counted. */
  async untilCounted(id: number): Promise<void> {
    let before: number | undefined;
    await this.until(`program ${id}`, ({ program }) => {
      before ??= program?.id === id ? this.packets : undefined;
      return before !== undefined && this.packets > before;
    });
  }
}
