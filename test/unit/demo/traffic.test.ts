// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GeneratorProcess } from '../../../src/demo/generator-process.ts';
import { planStory } from '../../../src/demo/scenarios.ts';
import { startTraffic } from '../../../src/demo/traffic.ts';
import type { GeneratorOptions } from '../../../src/generator/options.ts';
import type { GeneratorResult } from '../../../src/generator/run.ts';

const TX = { netns: 'lab-tx', device: 'gen0' };

interface Run {
  readonly asked: GeneratorOptions;
  end(result: Partial<GeneratorResult>): void;
  fail(error: Error): void;
  stops: number;
}

/** Starts runs that end as the test says. */
class FakeGenerators {
  readonly runs: Run[] = [];
  readonly order: number[] = [];

  readonly start = (asked: GeneratorOptions): GeneratorProcess => {
    let settle: Pick<Run, 'end' | 'fail'> | undefined;
    const done = new Promise<GeneratorResult>((resolve, reject) => {
      settle = {
        end: (result) =>
          resolve({ sent: 0, dropped: 0, bytes: 0, seconds: 1, cpu: null, ...result }),
        fail: reject,
      };
    });
    done.catch(() => {});
    const index = this.runs.length;
    const run: Run = { asked, stops: 0, ...(settle as unknown as Pick<Run, 'end' | 'fail'>) };
    this.runs.push(run);
    return {
      pid: 1,
      done,
      stop: () => {
        run.stops++;
        this.order.push(index);
        run.end({ sent: index === 0 ? 100 : 30, dropped: index === 0 ? 7 : 5 });
        return done;
      },
    };
  };
}

const story = (scenario: 'mixed' | 'scan', durationSeconds: number) =>
  planStory({ scenario, rate: 1000, durationSeconds, observe: false });

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

describe('startTraffic', () => {
  it('is one generator where nothing else happens', async () => {
    const { runs, start } = new FakeGenerators();
    const traffic = startTraffic(story('mixed', 60), TX, start);
    assert.equal(runs.length, 1);
    assert.equal(runs[0]?.asked.durationSeconds, 60);
    assert.equal(await traffic.stop(), 100);
  });

  it('has a second one beside it from the first quarter on, for half the time', async () => {
    const { runs, start } = new FakeGenerators();
    const traffic = startTraffic(story('scan', 0.08), TX, start);
    await until(() => runs.length === 2);
    const { rate, durationSeconds = 0 } = runs[1]?.asked ?? { ...TX };
    assert.deepEqual([rate, Math.round(1000 * durationSeconds)], [100, 40]);
    await traffic.stop();
  });

  it('ends with the first one, not with the second', async () => {
    const { runs, start } = new FakeGenerators();
    const traffic = startTraffic(story('scan', 0.04), TX, start);
    let isDone = false;
    void traffic.done.then(() => {
      isDone = true;
    });
    await until(() => runs.length === 2);
    runs[1]?.end({});
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(isDone, false);
    runs[0]?.end({});
    await traffic.done;
    await traffic.stop();
  });

  it('counts a frame that was dropped once, although both saw it, by stopping the second one first', async () => {
    const generators = new FakeGenerators();
    const traffic = startTraffic(story('scan', 0.04), TX, generators.start);
    await until(() => generators.runs.length === 2);
    // The first one has taken all seven off its own count, the second one's five among them.
    assert.equal(await traffic.stop(), 100 + 30 + 5);
    assert.equal(generators.order[0], 1);
  });

  it('starts nothing more when it is stopped while it is calm', async () => {
    const { runs, start } = new FakeGenerators();
    const traffic = startTraffic(story('scan', 3600), TX, start);
    assert.equal(await traffic.stop(), 100);
    assert.equal(runs.length, 1);
  });

  it('fails with the second one, and stops the first all the same', async () => {
    const { runs, start } = new FakeGenerators();
    const traffic = startTraffic(story('scan', 0.04), TX, start);
    await until(() => runs.length === 2);
    runs[1]?.fail(new Error('broken'));
    await assert.rejects(traffic.done, /^Error: broken$/);
    await assert.rejects(traffic.stop(), /^Error: broken$/);
    assert.ok((runs[0]?.stops ?? 0) > 0);
  });
});
