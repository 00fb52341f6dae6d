// SPDX-License-Identifier: Apache-2.0
// The logger's loss budget in a scrape, and waiting until nothing is under way.
import { type Samples, sumOf } from './exposition.ts';
import { until } from './namespace.ts';

export interface Outcomes {
  readonly counted: number;
  readonly decoded: number;
  readonly sampledOut: number;
  readonly ringFull: number;
  readonly noRing: number;
  readonly pending: number;
}

export function outcomesOf(samples: Samples): Outcomes {
  const of = (outcome: string) => sumOf(samples, 'xdp_logger_packets_total', { outcome });
  return {
    counted: sumOf(samples, 'xdp_packets_total'),
    decoded: of('decoded'),
    sampledOut: of('sampled_out'),
    ringFull: of('ring_full'),
    noRing: of('no_ring'),
    pending: sumOf(samples, 'xdp_logger_pending_packets'),
  };
}

export function accountedFor({ decoded, sampledOut, ringFull, noRing }: Outcomes): number {
  return decoded + sampledOut + ringFull + noRing;
}

/** The outcomes once `packets` are counted and accounted for; fails where that does not come. */
export async function atRest(
  exporter: { scrape(): Promise<Samples> },
  packets: number,
  seconds?: number,
): Promise<Outcomes> {
  let outcomes = outcomesOf(await exporter.scrape());
  await until(
    `${packets} packets are counted and accounted for, ${JSON.stringify(outcomes)}`,
    async () => {
      outcomes = outcomesOf(await exporter.scrape());
      return outcomes.counted === packets && accountedFor(outcomes) === packets;
    },
    seconds,
  ).catch((error: Error) => {
    throw new Error(`${error.message}; at last ${JSON.stringify(outcomes)}`);
  });
  return outcomes;
}
