// SPDX-License-Identifier: Apache-2.0
// How many of the frames that were handed to a device reached its peer.
import { ExporterError } from '../errors.ts';
import type { DeviceCounters } from './device-counters.ts';

/** What was handed to the device, whatever became of it there. */
export interface Progress {
  readonly frames: number;
  /** Without FCS. */
  readonly bytes: number;
}

/** Frames, and the bytes of those sent. Exact unless the device drops frames of somebody else as well. */
export interface Delivered {
  readonly sent: number;
  readonly dropped: number;
  readonly bytes: number;
}

/** Frames may still lie in the peer's ring when the call that sent them returns. */
const SETTLE = { tries: 50, waitMs: 10 } as const;

/**
 * Waits, at most half a second, until the device has accounted for all of `progress`. What it accounts for
 * neither as transmitted nor as dropped has vanished, because its peer took no XDP frames: dropped as well.
 */
export async function settleDelivery(
  progress: Progress,
  before: DeviceCounters,
  read: () => DeviceCounters,
  sleep: (ms: number) => Promise<unknown>,
): Promise<Delivered> {
  let change = subtract(read(), before);
  for (let tries = 0; tries < SETTLE.tries; tries++) {
    if (change.packets + change.dropped >= progress.frames) {
      break;
    }
    await sleep(SETTLE.waitMs);
    change = subtract(read(), before);
  }
  const sent = Math.min(progress.frames - change.dropped, change.packets);
  return {
    sent,
    dropped: progress.frames - sent,
    bytes: Math.min(progress.bytes, change.bytes),
  };
}

/** After the first run, so that a generator whose frames all vanish says so at once. */
export function requireDelivery({ sent, dropped }: Delivered, device: string): void {
  if (sent === 0 && dropped > 0) {
    throw new ExporterError(
      `send ${dropped} frames through "${device}": none arrived; both ends of the pair must be up, and its peer needs a native XDP program (or "ethtool -K PEER gro on")`,
    );
  }
}

function subtract(after: DeviceCounters, before: DeviceCounters): DeviceCounters {
  return {
    packets: after.packets - before.packets,
    bytes: after.bytes - before.bytes,
    dropped: after.dropped - before.dropped,
  };
}
