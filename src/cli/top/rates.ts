// SPDX-License-Identifier: Apache-2.0
// From counters to rates over an interval, and from rates to shares.
import type { PacketRate, Rate, Share } from './report.ts';

export interface Counted {
  readonly packets: number;
  readonly bytes: number;
}

/** Without an earlier count there is no rate: a CPU was offline, or a read failed. No rate is below zero. */
export interface Rates {
  packets(now: number, before: number | undefined): PacketRate;
  counted(now: Counted, before: Counted | undefined): Rate;
}

export function ratesOver(seconds: number): Rates {
  const perSecond = (now: number, before: number) => Math.max(0, now - before) / seconds;
  return {
    packets: (now, before = now) => ({ packets: now, packetsPerSecond: perSecond(now, before) }),
    counted: (now, before = now) => ({
      packets: now.packets,
      bytes: now.bytes,
      packetsPerSecond: perSecond(now.packets, before.packets),
      bytesPerSecond: perSecond(now.bytes, before.bytes),
    }),
  };
}

export function withShares<Row extends PacketRate>(rows: readonly Row[]): (Row & Share)[] {
  const all = rows.reduce((sum, { packetsPerSecond }) => sum + packetsPerSecond, 0);
  return rows.map((row) => ({ ...row, share: all === 0 ? 0 : row.packetsPerSecond / all }));
}
