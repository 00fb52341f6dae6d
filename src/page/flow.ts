// SPDX-License-Identifier: Apache-2.0
// Counters of one thing at two moments, and what they say of the time between.

/** What was counted of something until a moment. */
export interface Counts {
  readonly packets: number;
  readonly bytes: number;
}

/** Something that packets belong to, and how fast they come. */
export interface Flow extends Counts {
  /** Tells it from the others of its list, from snapshot to snapshot. */
  readonly key: string;
  readonly packetRate: number;
  readonly bitRate: number;
  /** Of the packets of the whole list in that time, 0 to 1. */
  readonly share: number;
}

export type CountsByKey = ReadonlyMap<string, Counts>;

const NOTHING: Counts = { packets: 0, bytes: 0 };

/**
 * In the order of `after`. What was not there before has been counted from zero since.
 * @param seconds between the two
 */
export function flowsBetween(
  before: CountsByKey,
  after: CountsByKey,
  seconds: number,
): readonly Flow[] {
  const rates = [...after].map(([key, counts]) => {
    const earlier = before.get(key) ?? NOTHING;
    return {
      key,
      ...counts,
      packetRate: rateOf(earlier.packets, counts.packets, seconds),
      bitRate: 8 * rateOf(earlier.bytes, counts.bytes, seconds),
    };
  });
  const total = rates.reduce((sum, { packetRate }) => sum + packetRate, 0);
  return rates.map((flow) => ({ ...flow, share: total === 0 ? 0 : flow.packetRate / total }));
}

/** Of all flows of a list. */
export function totalOf(flows: readonly Flow[]): Omit<Flow, 'key' | 'share'> {
  const sum = (quantity: 'packets' | 'bytes' | 'packetRate' | 'bitRate') =>
    flows.reduce((total, flow) => total + flow[quantity], 0);
  return {
    packets: sum('packets'),
    bytes: sum('bytes'),
    packetRate: sum('packetRate'),
    bitRate: sum('bitRate'),
  };
}

/** A counter that went back, as one that is not kept any more, has no rate. */
function rateOf(before: number, after: number, seconds: number): number {
  return seconds <= 0 ? 0 : Math.max(0, after - before) / seconds;
}
