// SPDX-License-Identifier: Apache-2.0
// The metrics of packets and bytes by action, and by action and CPU.
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family, type ScalarSample } from '../../metrics/family.ts';
import { AS_SEEN } from '../../metrics/help.ts';
import { type Labels, perDevice } from '../../metrics/labels.ts';
import { ACTIONS } from '../../snapshot/packet-class.ts';
import type { FamilyContext } from '../collector.ts';
import { deviceSamples } from '../device-samples.ts';
import type { Traffic, TrafficPart } from './read.ts';

const VERDICT =
  "The action is the verdict of the device's XDP program; xdp-exporter's own program always passes.";

export const TRAFFIC_METRICS = {
  packets: {
    name: 'xdp_packets_total',
    otelName: 'xdp.packets',
    unit: '{packet}',
    type: 'counter',
    help: `Frames by action. ${AS_SEEN} ${VERDICT}`,
    labels: ['device', 'action'],
  },
  bytes: {
    name: 'xdp_bytes_total',
    otelName: 'xdp.bytes',
    unit: 'By',
    type: 'counter',
    help: `Bytes of the frames by action. ${AS_SEEN} ${VERDICT}`,
    labels: ['device', 'action'],
  },
  cpuPackets: {
    name: 'xdp_cpu_packets_total',
    otelName: 'xdp.cpu.packets',
    unit: '{packet}',
    type: 'counter',
    help:
      'Frames by action and by the CPU that handled them. Only for CPUs that are online, or that receive packets although ' +
      'the kernel does not list them, and for actions that have occurred. Totals without the label cpu keep the counts of ' +
      'CPUs that went offline.',
    labels: ['device', 'cpu', 'action'],
  },
} as const satisfies Record<string, MetricDefinition>;

export function trafficFamilies(part: TrafficPart, context: FamilyContext): readonly Family[] {
  return [
    family(TRAFFIC_METRICS.packets, actionSamples(part, context, 'packets')),
    family(TRAFFIC_METRICS.bytes, actionSamples(part, context, 'bytes')),
    family(TRAFFIC_METRICS.cpuPackets, cpuSamples(part, context)),
  ];
}

interface TrafficLabels {
  /** By index in `ACTIONS`. */
  readonly actions: readonly Labels[];
  /** Takes the id of a CPU and an index in `ACTIONS`. Made on first use, since most pairs never occur. */
  cpuAction(cpu: number, action: number): Labels;
}

const labelsOf = perDevice((device): TrafficLabels => {
  const actions = ACTIONS.map((action) => ({ ...device, action }));
  // An array, which is read several times as fast as a map: there is a look for each of thousands of series.
  const cpuActions: Labels[] = [];
  return {
    actions,
    cpuAction(cpu, action) {
      const key = cpu * ACTIONS.length + action;
      cpuActions[key] ??= { ...actions[action], cpu: String(cpu) };
      return cpuActions[key];
    },
  };
});

function actionSamples(
  part: TrafficPart,
  context: FamilyContext,
  quantity: 'packets' | 'bytes',
): readonly ScalarSample[] {
  return deviceSamples(part, context, (samples, traffic, { device: { startedAtMs }, labels }) => {
    for (const [action, each] of labelsOf(labels).actions.entries()) {
      samples.push({ labels: each, startedAtMs, value: traffic[quantity][action] ?? 0 });
    }
  });
}

/** Rows for actions that the device has seen, by its totals: six rows a CPU would be zero for ever but one. */
function cpuSamples(part: TrafficPart, context: FamilyContext): readonly ScalarSample[] {
  return deviceSamples(part, context, (samples, traffic, { device: { startedAtMs }, labels }) => {
    const seen = seenActions(traffic);
    const { cpuAction } = labelsOf(labels);
    for (const [row, cpu] of context.cpus.entries()) {
      for (const action of seen) {
        const value = traffic.cpuPackets[row * ACTIONS.length + action] ?? 0;
        samples.push({ labels: cpuAction(cpu, action), startedAtMs, value });
      }
    }
  });
}

function seenActions({ packets }: Traffic): readonly number[] {
  return [...ACTIONS.keys()].filter((action) => (packets[action] ?? 0) > 0);
}
