// SPDX-License-Identifier: Apache-2.0
// Every metric once: those of the collectors on the list, and the exporter's own.
import { COLLECTORS } from '../collectors/list.ts';
import type { MetricDefinition } from '../metrics/definition.ts';
import { DEVICE_METRICS } from './device-families.ts';
import { EXPORTER_METRICS } from './exporter-families.ts';
import { PROCESS_METRICS } from './process-families.ts';
import { STACK_METRICS } from './stack-families.ts';

type Metrics = Readonly<Record<string, MetricDefinition>>;

/** All of a union at once. */
type Both<Union> = (Union extends unknown ? (one: Union) => void : never) extends (
  all: infer All,
) => void
  ? All
  : never;

/** By a key of their own, which no two collectors may both have. */
function merge<Each extends Metrics>(groups: readonly Each[]): Both<Each> {
  return Object.assign({}, ...groups) as Both<Each>;
}

/** In the order in which they are exposed. */
export const METRICS = {
  ...DEVICE_METRICS,
  ...STACK_METRICS,
  ...merge(COLLECTORS.map(({ metrics }) => metrics)),
  ...EXPORTER_METRICS,
  ...PROCESS_METRICS,
};
