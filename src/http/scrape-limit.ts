// SPDX-License-Identifier: Apache-2.0
// How many requests for the metrics may be under way at once.
import type { Exchange } from './exchange.ts';

/** A reader that takes longer than this may have to make room for another. */
const PATIENCE_MS = 1_000;

/** Takes a request in, or returns false where as many as may be are under way. */
export type ScrapeLimit = (exchange: Exchange) => boolean;

/**
 * Where all places are taken, the oldest answer goes that only its reader holds up: a few clients that never read
 * must not keep all others from the metrics.
 */
export function createScrapeLimit(
  maxScrapes: number,
  nowMs: () => number = () => performance.now(),
): ScrapeLimit {
  const underWay = new Map<Exchange, number>();
  return (exchange) => {
    if (underWay.size >= maxScrapes) {
      const slow = slowestReader(underWay, nowMs());
      if (slow === undefined) {
        return false;
      }
      underWay.delete(slow);
      slow.abort();
    }
    underWay.set(exchange, nowMs());
    exchange.onEnd(() => underWay.delete(exchange));
    return true;
  };
}

function slowestReader(
  underWay: ReadonlyMap<Exchange, number>,
  nowMs: number,
): Exchange | undefined {
  for (const [exchange, startedMs] of underWay) {
    if (exchange.isReady() && nowMs - startedMs > PATIENCE_MS) {
      return exchange;
    }
  }
  return undefined;
}
