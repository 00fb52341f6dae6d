// SPDX-License-Identifier: Apache-2.0
// Packets by receive queue: whether the device spreads them over its queues, and so over the CPUs.
import type { MetricDefinition } from '../../metrics/definition.ts';
import { type Family, family } from '../../metrics/family.ts';
import { type Labels, perDevice } from '../../metrics/labels.ts';
import { processStart } from '../../snapshot/device.ts';
import type { QueuePackets } from '../../snapshot/queue-packets.ts';
import type { Collector, FamilyContext, Reading } from '../collector.ts';
import { deviceSamples } from '../device-samples.ts';
import { OTHER } from '../top-series.ts';

export type QueuesPart = readonly (QueuePackets | undefined)[];

const METRICS = {
  queuePackets: {
    name: 'xdp_rx_queue_packets_total',
    otelName: 'xdp.rx_queue.packets',
    unit: '{packet}',
    type: 'counter',
    help:
      'Frames by receive queue, from 0 to the highest queue that had a frame; queues from 128 on count as queue="other". ' +
      'With sampling, a record counts for all frames since the previous record.',
    labels: ['device', 'queue'],
  },
} as const satisfies Record<string, MetricDefinition>;

function read({ slots, recorder }: Reading): QueuesPart | undefined {
  return recorder && slots.map((slot) => (slot === undefined ? undefined : recorder.queues(slot)));
}

const queueLabels = perDevice((device) => {
  const cache: Labels[] = [];
  const other = { ...device, queue: OTHER };
  return {
    of(queue: number): Labels {
      cache[queue] ??= { ...device, queue: String(queue) };
      return cache[queue];
    },
    other,
  };
});

/** All others are no series until there are any. */
function families(part: QueuesPart, context: FamilyContext): readonly Family[] {
  const samples = deviceSamples(part, context, (all, queues, { device, labels: ofDevice }) => {
    const startedAtMs = processStart(device);
    const labels = queueLabels(ofDevice);
    for (const [queue, value] of queues.packets.entries()) {
      all.push({ labels: labels.of(queue), startedAtMs, value });
    }
    if (queues.other > 0) {
      all.push({ labels: labels.other, startedAtMs, value: queues.other });
    }
  });
  return [family(METRICS.queuePackets, samples)];
}

export const queues = {
  name: 'queues',
  metrics: METRICS,
  read,
  families,
} as const satisfies Collector<'queues', QueuesPart>;
