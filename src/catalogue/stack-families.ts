// SPDX-License-Identifier: Apache-2.0
// Which devices stand on others that are counted too: what a sum over devices must leave out.
import type { MetricDefinition } from '../metrics/definition.ts';
import { type Family, family, type ScalarSample } from '../metrics/family.ts';
import { type LabelledDevice, type Labels, perDevice } from '../metrics/labels.ts';
import { deviceKey } from '../snapshot/device.ts';

export const STACK_METRICS = {
  deviceLowerInfo: {
    name: 'xdp_device_lower_info',
    otelName: 'xdp.device.lower.info',
    unit: '',
    type: 'gauge',
    help: 'A counted device below this one, such as a port of a bond, a port of a bridge or the parent of a VLAN: frames that pass both are counted on each. Always 1.',
    labels: ['device', 'lower'],
  },
} as const satisfies Record<string, MetricDefinition>;

const lowerLabels = perDevice((device) => {
  const cache = new Map<string, Labels>();
  return (lower: string): Labels => {
    const labels = cache.get(lower) ?? { ...device, lower };
    cache.set(lower, labels);
    return labels;
  };
});

/** Of pairs that are both up: what is not counted below is not counted twice. */
export function stackFamily(devices: readonly LabelledDevice[]): Family {
  const up = devices.filter(({ device }) => device.up);
  const counted = new Set(up.map(({ device }) => deviceKey(device)));
  const samples = up.flatMap(({ device: { netns, lower = [] }, labels }): ScalarSample[] =>
    lower
      .filter((name) => counted.has(deviceKey(netns === undefined ? { name } : { netns, name })))
      .map((name) => ({ labels: lowerLabels(labels)(name), value: 1 })),
  );
  return family(STACK_METRICS.deviceLowerInfo, samples);
}
