// SPDX-License-Identifier: Apache-2.0
// Whatever happens to devices, their counters live as long as the process: random histories against a simple model.
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { History, NAMES, NAMESPACES } from './history.ts';

/** What may befall one device of one namespace between two looks. */
const EVENT = fc.record({
  kind: fc.constantFrom('plug', 'unplug', 'recreate', 'take', 'refuse', 'admit', 'want', 'drop'),
  netns: fc.constantFrom(...NAMESPACES),
  name: fc.constantFrom(...NAMES),
});

/** What may befall a whole namespace. */
const UPHEAVAL = fc.record({
  kind: fc.constantFrom('delete', 'remake', 'ignore', 'watch', 'blind'),
  netns: fc.constantFrom(...NAMESPACES),
});

const STEP = fc.record({
  events: fc.array(fc.oneof({ weight: 5, arbitrary: EVENT }, UPHEAVAL), { maxLength: 6 }),
  waitMs: fc.constantFrom(0, 50, 100, 2_000, 70_000),
  wallStepMs: fc.constantFrom(0, -3_600_000, 3_600_000),
});

describe('the law of slots', () => {
  it('holds through every history of devices and namespaces', () => {
    fc.assert(
      fc.property(fc.array(STEP, { maxLength: 30 }), (steps) => {
        const history = new History();
        for (const { events, waitMs, wallStepMs } of steps) {
          for (const event of events) {
            history.apply(event);
          }
          history.machine.nowMs += waitMs;
          history.machine.wallMs += wallStepMs + 1;
          history.look();
          history.check();
          for (const place of history.places.values()) {
            place.isBlind = false;
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
