// SPDX-License-Identifier: Apache-2.0
// How many requests that read the kernel may be under way at once.
import type { Exchange } from './exchange.ts';

/** A reader that takes longer than this may have to make room for another. */
const PATIENCE_MS = 1_000;

/** Takes a request in, or returns false where as many as may be are under way. */
export type ScrapeLimit = (exchange: Exchange) => boolean;

/**
 * Where all places are taken, the oldest answer goes that only its reader holds up, or else one of the connection
 * that has asked more than the newcomer's and most of all: neither a few clients that never read nor those that never
 * pause may keep all others from the metrics.
 */
export function createScrapeLimit(
  maxScrapes: number,
  nowMs: () => number = () => performance.now(),
): ScrapeLimit {
  const underWay = new Map<Exchange, number>();
  return (exchange) => {
    if (underWay.size >= maxScrapes) {
      const unfair = slowestReader(underWay, nowMs()) ?? busiest(underWay, exchange);
      if (unfair === undefined) {
        return false;
      }
      underWay.delete(unfair);
      unfair.abort();
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

function busiest(
  underWay: ReadonlyMap<Exchange, number>,
  newcomer: Exchange,
): Exchange | undefined {
  let most = newcomer;
  for (const exchange of underWay.keys()) {
    if (exchange.asked() > most.asked()) {
      most = exchange;
    }
  }
  return most === newcomer ? undefined : most;
}
