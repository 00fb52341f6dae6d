// SPDX-License-Identifier: Apache-2.0
// What the kernel's XDP tracepoints tell of every program: exceptions, failed redirects, and frames through maps.
import type { TracepointsPart } from '../../snapshot/tracepoints.ts';
import type { Collector, Reading } from '../collector.ts';
import { TRACEPOINT_METRICS, tracepointFamilies } from './families.ts';

export const tracepoints = {
  name: 'tracepoints',
  metrics: TRACEPOINT_METRICS,
  read: (reading: Reading): TracepointsPart | undefined => reading.tracepoints?.(),
  families: tracepointFamilies,
} as const satisfies Collector<'tracepoints', TracepointsPart>;
