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

function createExchange(): FakeExchange {
  const exchange: FakeExchange = {
    request: {} as IncomingMessage,
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
    assert.deepEqual([first, second, createExchange()].map(admit), [true, true, false]);
    first.end();
    assert.deepEqual([createExchange(), createExchange()].map(admit), [true, false]);
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
