// SPDX-License-Identifier: Apache-2.0
// Packets and bytes by what the XDP program decided.
import type { Collector } from '../collector.ts';
import { TRAFFIC_METRICS, trafficFamilies } from './families.ts';
import { readTraffic, type TrafficPart } from './read.ts';

export const traffic = {
  name: 'traffic',
  metrics: TRAFFIC_METRICS,
  read: readTraffic,
  families: trafficFamilies,
} as const satisfies Collector<'traffic', TrafficPart>;
