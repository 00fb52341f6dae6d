// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FLOOD } from '../../../src/demo/filter-process.ts';
import { DEMO_MIX } from '../../../src/demo/mix.ts';
import { planStory, type StoryOptions } from '../../../src/demo/scenarios.ts';
import { parseOptions } from '../../../src/generator/options.ts';
import { encodeSettings } from '../../../src/generator/settings.ts';
import { SCENARIOS } from '../../../src/options/command-schema.ts';

const plan = (options: Partial<StoryOptions>) =>
  planStory({
    scenario: 'mixed',
    rate: 200_000,
    durationSeconds: undefined,
    observe: false,
    ...options,
  });

describe('planStory', () => {
  it('sends all kinds of traffic at the whole rate until it is stopped, by default', () => {
    assert.deepEqual(plan({}), {
      name: 'mixed',
      durationSeconds: undefined,
      calm: { rate: 200_000, mix: DEMO_MIX },
    });
    assert.deepEqual(plan({ observe: true }).calm.mix, [...DEMO_MIX, FLOOD]);
  });

  it('is calm for a quarter of the time, not for half of it, and calm again', () => {
    const { durationSeconds, calm, middle } = plan({ scenario: 'flood' });
    assert.equal(durationSeconds, 180);
    assert.deepEqual([middle?.fromSeconds, middle?.toSeconds], [45, 135]);
    assert.deepEqual([calm.rate, middle?.sending.rate], [10_000, 190_000]);
    const short = plan({ scenario: 'flood', durationSeconds: 8 });
    assert.deepEqual([short.middle?.fromSeconds, short.middle?.toSeconds], [2, 6]);
  });

  it('sends bursts on an idle device, whatever the rate', () => {
    const { calm, middle } = plan({ scenario: 'burst', rate: 1 });
    assert.equal(calm.rate, 1);
    assert.deepEqual(middle?.sending.burst, { frames: 20_000, everySeconds: 20 });
    assert.equal(plan({ scenario: 'burst' }).calm.rate, 50);
  });

  for (const scenario of SCENARIOS) {
    it(`asks the generator for nothing that it refuses: ${scenario}`, () => {
      const { calm, middle } = plan({ scenario });
      for (const sending of [calm, ...(middle === undefined ? [] : [middle.sending])]) {
        const options = { netns: 'lab', device: 'gen0', durationSeconds: 1, ...sending };
        const generatorPlan = parseOptions(JSON.stringify(options));
        assert.doesNotThrow(() => encodeSettings(generatorPlan, { ingress: 1, egress: 2 }));
      }
    });
  }
});
