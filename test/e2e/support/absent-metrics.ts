// SPDX-License-Identifier: Apache-2.0
// The metrics that have no series while every device is up and none stands on another, no XDP program of somebody else
// redirects or is observed, and nobody asks for destinations, networks, what programs cost, or TLS.
import { METRICS } from '../../../src/catalogue/catalogue.ts';

/** By their Prometheus names. */
export const ABSENT_METRICS: ReadonlySet<string> = new Set([
  METRICS.redirectErrors.name,
  METRICS.devmapFrames.name,
  METRICS.cpumapFrames.name,
  METRICS.componentInfo.name,
  METRICS.retargets.name,
  METRICS.missedPackets.name,
  METRICS.deviceDownInfo.name,
  METRICS.deviceLowerInfo.name,
  METRICS.destinationPackets.name,
  METRICS.destinationBytes.name,
  METRICS.networkPackets.name,
  METRICS.networkBytes.name,
  METRICS.fileReload.name,
  METRICS.programRunSeconds.name,
  METRICS.programMeasuredRuns.name,
]);
