// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Sampling } from '../../../src/recorder/sampling.ts';

const TURN_MS = 5;
const START_MS = 86_400_000;

/** 100 records in a tenth of a second. */
const BUDGET = { maxEventsPerSecond: 1_000 };
const AMPLE = { maxEventsPerSecond: 1e9 };

/** Takes turns of 5 ms for so long; tells after how many ms the interval changed. */
function turns(sampling: Sampling, fromMs: number, forMs: number, fill = 0, events = 0): number[] {
  const changes: number[] = [];
  for (let passed = TURN_MS; passed <= forMs; passed += TURN_MS) {
    if (sampling.update(fromMs + passed, fill, events)) {
      changes.push(passed);
    }
  }
  return changes;
}

/** One that has just been driven to record one packet in `interval`. */
function raised(interval: number, options = AMPLE, nowMs = START_MS): Sampling {
  const sampling = new Sampling(options);
  for (let doubled = 1; doubled < interval; doubled *= 2) {
    sampling.update(nowMs, 1, 0);
  }
  return sampling;
}

describe('Sampling', () => {
  it('begins with every packet', () => {
    assert.equal(new Sampling(AMPLE).interval, 1);
  });

  it('doubles the interval at once, and at every turn, while a ring is more than half full', () => {
    const sampling = new Sampling(AMPLE);
    const intervals = [1, 2, 3, 4].map((turn) => {
      assert.equal(sampling.update(START_MS + turn, 0.51, 0), true);
      return sampling.interval;
    });
    assert.deepEqual(intervals, [2, 4, 8, 16]);
  });

  it('keeps the interval where the fullest ring is half full', () => {
    const sampling = new Sampling(AMPLE);
    assert.deepEqual(turns(sampling, START_MS, 10_000, 0.5), []);
    assert.equal(sampling.interval, 1);
  });

  it('doubles the interval in the turn that spends the budget of a tenth of a second', () => {
    const sampling = new Sampling(BUDGET);
    sampling.update(START_MS, 0, 0);
    assert.equal(sampling.update(START_MS + 1, 0, 60), false);
    assert.equal(sampling.update(START_MS + 2, 0, 40), false);
    assert.equal(sampling.update(START_MS + 3, 0, 1), true);
    assert.equal(sampling.interval, 2);
  });

  it('begins a new budget where it has doubled the interval', () => {
    const sampling = new Sampling(BUDGET);
    sampling.update(START_MS, 0, 101);
    assert.equal(sampling.update(START_MS + 1, 0, 100), false);
    assert.equal(sampling.update(START_MS + 2, 0, 1), true);
  });

  it('takes what a late turn finds for what came in all that time', () => {
    const sampling = new Sampling(BUDGET);
    sampling.update(START_MS, 0, 0);
    assert.equal(sampling.update(START_MS + 250, 0, 250), false);
    assert.equal(sampling.update(START_MS + 500, 0, 251), true);
  });

  it('lets a load that just keeps to the budget go on for ever', () => {
    const sampling = new Sampling(BUDGET);
    assert.deepEqual(turns(sampling, START_MS, 60_000, 0, 5), []);
  });

  it('halves the interval after two seconds of calm, and again after two more', () => {
    const sampling = raised(8);
    assert.deepEqual(turns(sampling, START_MS, 10_000), [2000, 4000, 6000]);
    assert.equal(sampling.interval, 1);
  });

  it('waits for two more seconds after a window in which a ring was an eighth full once', () => {
    const sampling = raised(2);
    turns(sampling, START_MS, 1500);
    sampling.update(START_MS + 1550, 0.125, 0);
    const [first] = turns(sampling, START_MS + 1550, 5000);
    assert.equal(first, 2050);
  });

  it('halves the interval where rings stay less than an eighth full', () => {
    assert.deepEqual(turns(raised(2), START_MS, 2500, 0.124), [2000]);
    assert.deepEqual(turns(raised(2), START_MS, 60_000, 0.125), []);
  });

  it('does not halve the interval where twice the records would spend the budget', () => {
    // Twenty turns a window: 60 records there, and 40.
    assert.deepEqual(turns(raised(2, BUDGET), START_MS, 60_000, 0, 3), []);
    assert.deepEqual(turns(raised(2, BUDGET), START_MS, 2500, 0, 2), [2000]);
  });

  it('does not bring a calm over from before the interval was doubled', () => {
    const sampling = new Sampling(AMPLE);
    turns(sampling, START_MS, 60_000);
    sampling.update(START_MS + 60_000, 1, 0);
    assert.deepEqual(turns(sampling, START_MS + 60_000, 3000), [2000]);
  });

  it('goes no further than one packet in 65,536, and says that nothing has changed', () => {
    const sampling = raised(65_536);
    assert.equal(sampling.update(START_MS + 1, 1, 1e12), false);
    assert.equal(sampling.interval, 65_536);
    assert.deepEqual(turns(sampling, START_MS, 100_000).length, 16);
    assert.equal(sampling.interval, 1);
  });
});

describe('Sampling, given any load', () => {
  const load = fc.array(
    fc.record({
      passedMs: fc.oneof(fc.constant(5), fc.nat(200), fc.nat(5000)),
      fill: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
      events: fc.oneof(fc.constant(0), fc.nat(200)),
      repeat: fc.integer({ min: 1, max: 600 }),
    }),
    { maxLength: 30 },
  );

  function check(steps: typeof load extends fc.Arbitrary<infer Steps> ? Steps : never): void {
    const sampling = new Sampling(BUDGET);
    let nowMs = START_MS;
    let changedMs = Number.NEGATIVE_INFINITY;
    for (const { passedMs, fill, events, repeat } of steps) {
      for (let turn = 0; turn < repeat; turn++) {
        const before = sampling.interval;
        nowMs += passedMs;
        const changed = sampling.update(nowMs, fill, events);
        const factor = sampling.interval / before;
        assert.equal(changed, factor !== 1);
        assert.ok([0.5, 1, 2].includes(factor), `changed by ${factor}`);
        assert.ok(sampling.interval >= 1 && sampling.interval <= 65_536, `${sampling.interval}`);
        assert.ok(factor !== 0.5 || nowMs - changedMs >= 2000, 'halved within two seconds');
        assert.ok(fill <= 0.5 || factor === 2 || before === 65_536, 'a full ring was left so');
        changedMs = changed ? nowMs : changedMs;
      }
    }
  }

  it('changes by two, within 1 and 65,536, up at once and down after two seconds', () => {
    fc.assert(fc.property(load, check));
  });

  it('never changes an interval that was chosen', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_536 }), load, (fixedInterval, steps) => {
        const sampling = new Sampling({ ...BUDGET, fixedInterval });
        let nowMs = START_MS;
        for (const { passedMs, fill, events } of steps) {
          nowMs += passedMs;
          assert.equal(sampling.update(nowMs, fill, events), false);
          assert.equal(sampling.interval, fixedInterval);
        }
      }),
    );
  });
});
