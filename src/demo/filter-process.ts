// SPDX-License-Identifier: Apache-2.0
// A flood, and the filter against it as a process of its own: to the exporter it is anybody's.
import { fileURLToPath } from 'node:url';
import type { MixEntry } from '../generator/stream.ts';
import { startChild } from './child.ts';
import type { LabEnd } from './lab.ts';
import { SERVERS } from './mix.ts';

const ENTRY = fileURLToPath(new URL('filter.js', import.meta.url));

/** In bpf/demo_filter.bpf.c. */
export const FILTER_PROGRAM = 'demo_flood_filter';

/** To one port; in `mixed` as many frames as all others together, from the network that the filter drops. */
export const FLOOD: MixEntry = {
  family: 4,
  protocol: 'udp',
  port: 53,
  weight: 100,
  length: 60,
  sources: { kind: 'skewed', count: 1000, prefix: '198.18.0.1/15' },
  destinations: { kind: 'fixed', prefix: SERVERS.names },
};

/** Whoever starts it stops it. */
export interface FilterProcess {
  /** The kernel's id of the program on the device. */
  readonly id: number;
  stop(): Promise<unknown>;
}

/** Resolves when the filter is on the device; rejects with what keeps it from it. */
export async function startFilter(end: LabEnd): Promise<FilterProcess> {
  const { firstLine, stop } = startChild('start filter', ENTRY, end);
  const { id } = JSON.parse(await firstLine) as { id: number };
  return { id, stop };
}
