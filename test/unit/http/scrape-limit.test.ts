// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import type { IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';
import type { Exchange } from '../../../src/http/exchange.ts';
import { createScrapeLimit } from '../../../src/http/scrape-limit.ts';

interface FakeExchange extends Exchange {
  ready: boolean;
  aborted: boolean;
  end: () => void;
}

function createExchange(asked = 1): FakeExchange {
  const exchange: FakeExchange = {
    request: {} as IncomingMessage,
    asked: () => asked,
    ready: false,
    aborted: false,
    end: () => {},
    onEnd(action) {
      exchange.end = action;
    },
    isReady: () => exchange.ready,
    abort() {
      exchange.aborted = true;
      exchange.end();
    },
  };
  return exchange;
}

describe('createScrapeLimit', () => {
  it('refuses what is more than may be under way, until one of them ends', () => {
    const admit = createScrapeLimit(2, () => 0);
    const [first, second] = [createExchange(), createExchange()];
    const third = createExchange();
    assert.deepEqual(
      [first, second, third].map((one) => admit(one)),
      [true, true, false],
    );
    first.end();
    assert.deepEqual([admit(createExchange()), admit(createExchange())], [true, false]);
  });

  it('ends one of the connection that asked most for one that has asked less', () => {
    const admit = createScrapeLimit(3, () => 0);
    const crowd = [createExchange(2), createExchange(9), createExchange(1)];
    for (const exchange of crowd) {
      admit(exchange);
    }
    assert.equal(admit(createExchange(9)), false, 'no less than others');
    assert.ok(admit(createExchange(1)));
    assert.deepEqual(
      crowd.map(({ aborted }) => aborted),
      [false, true, false],
    );
    assert.ok(admit(createExchange(1)));
    assert.equal(admit(createExchange(1)), false, 'all have asked as often');
  });

  it('ends the oldest answer that its reader has held up for more than a second', () => {
    let nowMs = 0;
    const admit = createScrapeLimit(2, () => nowMs);
    const [rendering, reading] = [createExchange(), createExchange()];
    assert.ok(admit(rendering) && admit(reading));
    reading.ready = true;
    nowMs = 1_000;
    assert.equal(admit(createExchange()), false);
    nowMs = 1_001;
    assert.equal(admit(createExchange()), true);
    assert.deepEqual([rendering.aborted, reading.aborted], [false, true]);
    nowMs = 10_000;
    assert.equal(admit(createExchange()), false, 'the others are still being made');
  });
});
