// SPDX-License-Identifier: Apache-2.0
// The one list of collectors: what a snapshot holds, and which metrics there are, follows from it.

import { destinations } from './destinations/collector.ts';
import { logger } from './logger/collector.ts';
import { networks } from './networks/collector.ts';
import { packetSizes } from './packet-sizes/collector.ts';
import { peaks } from './peaks/collector.ts';
import { ports } from './ports/collector.ts';
import { programCost } from './program-cost/collector.ts';
import { protocols } from './protocols/collector.ts';
import { queues } from './queues/collector.ts';
import { sources } from './sources/collector.ts';
import { tcp } from './tcp/collector.ts';
import { tracepoints } from './tracepoints/collector.ts';
import { traffic } from './traffic/collector.ts';

/** In the order in which they read and in which their metrics are exposed. */
export const COLLECTORS = [
  traffic,
  packetSizes,
  sources,
  destinations,
  ports,
  queues,
  peaks,
  networks,
  logger,
  protocols,
  tcp,
  tracepoints,
  programCost,
] as const;

type Listed = (typeof COLLECTORS)[number];

/** What each collector reads, by its name. */
export type Parts = {
  readonly [Each in Listed as Each['name']]?: NonNullable<ReturnType<Each['read']>>;
};
