// SPDX-License-Identifier: Apache-2.0
// Label objects that stay the same from scrape to scrape, so that an exporter formats each of them only once.
import { ACTIONS, type DeviceSnapshot } from '../snapshot/snapshot.ts';
import type { LabelName } from './catalogue.ts';

export type Labels = Readonly<Partial<Record<LabelName, string>>>;

/** The labels of one device's series: at most one object per action and CPU. */
interface DeviceLabels {
  readonly device: Labels;
  /** By index in `ACTIONS`. */
  readonly actions: readonly Labels[];
  /** Takes the id of a CPU and an index in `ACTIONS`. Made on first use, since most pairs never occur. */
  cpuAction(cpu: number, action: number): Labels;
}

export interface LabelledDevice {
  readonly device: DeviceSnapshot;
  readonly labels: DeviceLabels;
}

/** A function that adds labels to the devices of a snapshot. It forgets every device that it is not given. */
export function createLabelCache(): (
  devices: readonly DeviceSnapshot[],
) => readonly LabelledDevice[] {
  let cache: ReadonlyMap<string, DeviceLabels> = new Map();
  return (devices) => {
    const labelled = devices.map((device) => ({
      device,
      labels: cache.get(device.name) ?? createDeviceLabels(device.name),
    }));
    cache = new Map(labelled.map(({ device, labels }) => [device.name, labels]));
    return labelled;
  };
}

function createDeviceLabels(device: string): DeviceLabels {
  const actions = ACTIONS.map((action) => ({ device, action }));
  const cpuActions = new Map<number, Labels>();
  return {
    device: { device },
    actions,
    cpuAction(cpu, action) {
      const key = cpu * ACTIONS.length + action;
      const labels = cpuActions.get(key) ?? { ...actions[action], cpu: String(cpu) };
      cpuActions.set(key, labels);
      return labels;
    },
  };
}
