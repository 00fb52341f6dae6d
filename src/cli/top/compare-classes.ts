// SPDX-License-Identifier: Apache-2.0
// What packets were like, and what became of their records, in the interval between two readings.
import { foldSizeSlots, SIZE_BOUNDARIES } from '../../collectors/packet-sizes/buckets.ts';
import {
  FAMILIES,
  MALFORMED_REASONS,
  PROTOCOLS,
  TCP_FLAG_SETS,
} from '../../snapshot/packet-class.ts';
import { PEAK_WINDOWS } from '../../snapshot/peaks.ts';
import { type Rates, withShares } from './rates.ts';
import { countedAt, NOTHING, type Reading } from './reading.ts';
import type { DeviceReport, Loss } from './report.ts';

export function compareHeaders(
  { protocols: now }: Reading,
  { protocols: before }: Reading,
  rates: Rates,
): Pick<DeviceReport, 'protocols' | 'malformed'> {
  if (now === undefined) {
    return {};
  }
  const classes = FAMILIES.flatMap((family) => PROTOCOLS.map((protocol) => ({ family, protocol })));
  return {
    protocols: withShares(
      classes.map((names, index) => ({
        ...names,
        ...rates.counted(countedAt(now, index) ?? NOTHING, countedAt(before, index)),
      })),
    ).filter(({ family, protocol }) => family !== 'other' || protocol === 'other'),
    malformed: MALFORMED_REASONS.map((reason, index) => ({
      reason,
      ...rates.packets(now.malformed[index] ?? 0, before?.malformed[index]),
    })).slice(1),
  };
}

export function compareSizes(
  { sizes: now }: Reading,
  { sizes: before }: Reading,
  rates: Rates,
): Pick<DeviceReport, 'sizes'> {
  if (now === undefined) {
    return {};
  }
  const earlier = before && foldSizeSlots(before.packets);
  return {
    sizes: withShares(
      foldSizeSlots(now.packets).map((packets, index) => ({
        upToBytes: SIZE_BOUNDARIES[index] ?? null,
        ...rates.packets(packets, earlier?.[index]),
      })),
    ),
  };
}

export function compareTcp(
  { tcp: now }: Reading,
  { tcp: before }: Reading,
  rates: Rates,
): Pick<DeviceReport, 'tcpFlags'> {
  if (now === undefined) {
    return {};
  }
  return {
    tcpFlags: withShares(
      TCP_FLAG_SETS.map((flags, index) => ({
        flags,
        ...rates.packets(now.packets[index] ?? 0, before?.packets[index]),
      })),
    ),
  };
}

/** A queue that had no packet before has had none. */
export function compareQueues(
  { queues: now }: Reading,
  { queues: before }: Reading,
  rates: Rates,
): Pick<DeviceReport, 'queues'> {
  if (now === undefined) {
    return {};
  }
  const earlier = (queue: number) => before && (before.packets[queue] ?? 0);
  const rows = Array.from(now.packets, (packets, queue) => ({
    queue,
    ...rates.packets(packets, earlier(queue)),
  }));
  const others = { queue: null, ...rates.packets(now.other, before?.other) };
  return { queues: withShares(now.other === 0 ? rows : [...rows, others]) };
}

export function compareOutcomes(
  { outcomes: now }: Reading,
  { outcomes: before }: Reading,
  rates: Rates,
): Pick<DeviceReport, 'loss'> {
  if (now === undefined) {
    return {};
  }
  const rate = (outcome: Exclude<keyof Loss, 'pending'>) =>
    rates.packets(now[outcome], before?.[outcome]);
  return {
    loss: {
      decoded: rate('decoded'),
      sampledOut: rate('sampledOut'),
      ringFull: rate('ringFull'),
      noRing: rate('noRing'),
      noEntry: rate('noEntry'),
      pending: now.pending,
    },
  };
}

/** Of the last minute and of the last measurement, whatever the interval. */
export function readMeasured({
  peaks,
  cost,
}: Reading): Pick<DeviceReport, 'peaks' | 'programRunNs'> {
  return {
    ...(peaks === undefined
      ? {}
      : { peaks: PEAK_WINDOWS.map((window) => ({ window, ...peaks[window] })) }),
    ...(cost?.averageSeconds === undefined ? {} : { programRunNs: 1e9 * cost.averageSeconds }),
  };
}
