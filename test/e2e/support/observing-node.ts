// SPDX-License-Identifier: Apache-2.0
// A node that observes, as Prometheus sees one: this kernel may refuse what observing takes, so what the engine would tell is made
// here, and goes the way of every snapshot from there on.
import { createFamilies } from '../../../src/catalogue/families.ts';
import type { Traffic } from '../../../src/collectors/traffic/read.ts';
import { createExpositionWriter } from '../../../src/export/text/exposition.ts';
import { ACTIONS } from '../../../src/snapshot/packet-class.ts';
import { deviceOf, snapshotOf } from '../../unit/catalogue/snapshots.ts';
import { type ServedMetrics, serveMetrics } from './served-metrics.ts';

/** Packets a second, by `ACTIONS`. */
const RATES = Float64Array.from(
  ACTIONS,
  (action) => ({ aborted: 2, drop: 300, pass: 700, tx: 20, redirect: 10, invalid: 1 })[action],
);

const PACKET_BYTES = 100;

export function serveObservingNode(): Promise<ServedMetrics> {
  const families = createFamilies({ version: '0.1.0', nodeVersion: process.version });
  const write = createExpositionWriter('text');
  const startedAtMs = Date.now();
  return serveMetrics(async () => {
    const seconds = (Date.now() - startedAtMs) / 1000;
    const device = deviceOf('eth0', {
      startedAtMs,
      program: { name: 'filter', id: 7, tag: 'feedfacefeedface', mode: 'native', role: 'observed' },
      observed: { retargets: Math.floor(seconds / 2), missed: Math.floor(seconds) },
    });
    const snapshot = snapshotOf([device], { traffic: [trafficAfter(seconds)] });
    return write(families(snapshot)).toString();
  });
}

function trafficAfter(seconds: number): Traffic {
  const packets = RATES.map((rate) => Math.floor(rate * seconds));
  const bytes = packets.map((count) => count * PACKET_BYTES);
  // All on the first of two CPUs.
  const onFirst = (counts: Float64Array) =>
    Float64Array.from({ length: 2 * ACTIONS.length }, (_, index) => counts[index] ?? 0);
  return { packets, bytes, cpuPackets: onFirst(packets), cpuBytes: onFirst(bytes) };
}
