// SPDX-License-Identifier: Apache-2.0
// What became of the record of every packet, and how the recorder stands.
import { DEVICE, TRAFFIC } from '../../kernel/layout.ts';
import { type PerCpuValues, sumOverCpus } from '../../kernel/per-cpu-values.ts';
import type { RecorderState, TapState } from '../../recorder/state.ts';
import type { Reading } from '../collector.ts';
import { deviceValues, wordOf } from '../device-values.ts';

/**
 * Of one device, in packets since it was first attached. The outcomes and `pending` add up to the packets of all
 * actions; at rest `pending` is 0. None of the outcomes goes back.
 */
export interface Outcomes {
  readonly decoded: number;
  /** Passed over by sampling. */
  readonly sampledOut: number;
  /** Lost because a ring had no room. */
  readonly ringFull: number;
  /** Lost because a CPU had no ring. */
  readonly noRing: number;
  /** Without a record, as the entry into an observed program was not seen. */
  readonly noEntry: number;
  /** Counted, and not yet read. Never negative. */
  readonly pending: number;
}

export interface LoggerPart {
  readonly devices: readonly (Outcomes | undefined)[];
  readonly state: RecorderState;
  readonly readers: TapState;
}

const PACKETS = wordOf('traffic') + TRAFFIC.offsets.packets / 8;
const SAMPLED_OUT = wordOf('sampled_out');
const RING_FULL = wordOf('ring_full');
const NO_RING = wordOf('no_ring');
const NO_ENTRY = wordOf('no_entry');

export function readLogger(reading: Reading): LoggerPart | undefined {
  const { recorder } = reading;
  if (recorder === undefined) {
    return undefined;
  }
  const values = reading.values();
  const devices = deviceValues(reading, values, (start, slot): Outcomes => {
    const decoded = recorder.decoded(slot);
    const sampledOut = sumOverCpus(values, start + SAMPLED_OUT);
    const ringFull = sumOverCpus(values, start + RING_FULL);
    const noRing = sumOverCpus(values, start + NO_RING);
    const noEntry = sumOverCpus(values, start + NO_ENTRY);
    const known = decoded + sampledOut + ringFull + noRing + noEntry;
    // Below zero only where records were forged (see RecorderState), or where a machine that reorders stores let the
    // kernel copy the outcome of a packet and not yet the packet.
    const pending = Math.max(0, packetsOf(values, start) - known);
    return { decoded, sampledOut, ringFull, noRing, noEntry, pending };
  });
  return { devices, state: recorder.state, readers: recorder.readers };
}

/** Of all actions. */
function packetsOf(values: PerCpuValues, start: number): number {
  let packets = 0;
  for (let action = 0; action < DEVICE.lengths.traffic; action++) {
    packets += sumOverCpus(values, start + PACKETS + (action * TRAFFIC.sizeBytes) / 8);
  }
  return packets;
}
