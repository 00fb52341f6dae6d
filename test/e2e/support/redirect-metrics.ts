// SPDX-License-Identifier: Apache-2.0
// The metrics that have no series before some XDP program redirects a frame, which none does in most tests.
import { METRICS } from '../../../src/catalogue/catalogue.ts';

/** By their Prometheus names. */
export const REDIRECT_METRICS: ReadonlySet<string> = new Set([
  METRICS.redirectErrors.name,
  METRICS.devmapFrames.name,
  METRICS.cpumapFrames.name,
]);
