// SPDX-License-Identifier: Apache-2.0
// Two snapshots in a row as the lists of flows that the page shows.

import type { JsonSnapshot } from '../snapshot/json.ts';
import { LISTS, type ListName, selectDevices } from './counts.ts';
import { type Flow, flowsBetween } from './flow.ts';

export type Look = Readonly<Record<ListName, readonly Flow[]>>;

/**
 * @param before of the same engine: counters begin anew with each
 * @param selected the `deviceKey` of one device, or "" for all
 */
export function lookAt(before: JsonSnapshot, after: JsonSnapshot, selected: string): Look {
  const seconds = (after.monotonicMs - before.monotonicMs) / 1000;
  const flowsOf = (list: ListName) => {
    const [earlier, later] = [before, after].map((snapshot) =>
      LISTS[list](snapshot, selectDevices(snapshot, selected)),
    );
    return flowsBetween(earlier ?? new Map(), later ?? new Map(), seconds);
  };
  return {
    actions: flowsOf('actions'),
    cpus: flowsOf('cpus'),
    protocols: flowsOf('protocols'),
    flags: flowsOf('flags'),
    queues: flowsOf('queues'),
    sizes: flowsOf('sizes'),
    sources: flowsOf('sources'),
    destinations: flowsOf('destinations'),
    ports: flowsOf('ports'),
    networks: flowsOf('networks'),
    outcomes: flowsOf('outcomes'),
    devices: flowsOf('devices'),
  };
}

/** Whether rates can be made of the two: the same engine counted both, one after the other. */
export function isSequel(before: JsonSnapshot, after: JsonSnapshot): boolean {
  return before.startedAtMs === after.startedAtMs && before.monotonicMs < after.monotonicMs;
}
