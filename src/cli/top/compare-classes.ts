// SPDX-License-Identifier: Apache-2.0
// What packets were like, and what became of their records, in the interval between two readings.
import { foldSizeSlots, SIZE_BOUNDARIES } from '../../collectors/packet-sizes/buckets.ts';
import { FAMILIES, MALFORMED_REASONS, PROTOCOLS } from '../../snapshot/packet-class.ts';
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
