// SPDX-License-Identifier: Apache-2.0
// From the top lists of devices to the samples of two families: packets and bytes by key, and all others as one.
import type { ScalarSample } from '../metrics/family.ts';
import { type DeviceLabels, type Labels, perDevice } from '../metrics/labels.ts';
import { processStart } from '../snapshot/device.ts';
import type { Counts, TopListName, TopListSnapshot } from '../snapshot/top-list.ts';
import type { FamilyContext, Reading } from './collector.ts';

export type TopListPart = readonly (TopListSnapshot | undefined)[];

/** What the key of all others is called. */
export const OTHER = 'other';

/** Undefined where there is no such list. */
export function readTopList(
  name: TopListName,
  { slots, recorder }: Reading,
): TopListPart | undefined {
  const list = recorder?.top[name];
  return list && slots.map((slot) => (slot === undefined ? undefined : list(slot)));
}

interface KeyLabels {
  of(key: string): Labels;
  /** Attackers make keys up: lets go of all where most of them belong to series that went. */
  trim(present: number): void;
}

/** Both families in one loop, so that their labels are looked up once. */
export type TopSamples = (
  part: TopListPart,
  context: FamilyContext,
) => Readonly<Record<'packets' | 'bytes', readonly ScalarSample[]>>;

/** @param label what a key adds to the labels of its device */
export function createTopSamples(label: (device: DeviceLabels, key: string) => Labels): TopSamples {
  const labelsOf = perDevice((device): KeyLabels => {
    const cache = new Map<string, Labels>();
    return {
      of(key) {
        let labels = cache.get(key);
        if (labels === undefined) {
          labels = label(device, key);
          cache.set(key, labels);
        }
        return labels;
      },
      trim(present) {
        if (cache.size > 2 * present) {
          cache.clear();
        }
      },
    };
  });
  return (part, { devices }) => {
    const packets: ScalarSample[] = [];
    const bytes: ScalarSample[] = [];
    const add = (labels: Labels, startedAtMs: number | undefined, counts: Counts) => {
      packets.push({ labels, startedAtMs, value: counts.packets });
      bytes.push({ labels, startedAtMs, value: counts.bytes });
    };
    for (const [index, { device, labels }] of devices.entries()) {
      const snapshot = part[index];
      if (snapshot !== undefined) {
        const keys = labelsOf(labels);
        keys.trim(snapshot.series.length + 1);
        for (const series of snapshot.series) {
          add(keys.of(series.key), series.startedAtMs, series);
        }
        add(keys.of(OTHER), processStart(device), snapshot.other);
      }
    }
    return { packets, bytes };
  };
}
