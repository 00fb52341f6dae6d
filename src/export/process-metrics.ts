// SPDX-License-Identifier: Apache-2.0
// What prom-client measures of this very process: CPU, memory, file descriptors, event loop, garbage collection.
import { collectDefaultMetrics, Registry } from 'prom-client';

/** Gauges with a counter's suffix, which `promtool check metrics` rejects; each has a twin by type. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/** Call it once per process: prom-client's observers of the event loop and of the collector cannot be stopped. */
export function createProcessMetrics(): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const name of MISNAMED) {
    registry.removeSingleMetric(name);
  }
  return registry;
}
