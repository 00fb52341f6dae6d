// SPDX-License-Identifier: Apache-2.0
// Packets per second of each device, second by second over the last minute. Bounded by the number of devices.
import { deviceKey } from '../../snapshot/device.ts';
import type { Comparison } from './compare.ts';

const HISTORY_SECONDS = 60;

/** NaN for a second that nobody looked at. */
type Seconds = Float64Array;

export type Minutes = ReadonlyMap<string, readonly number[]>;

export class History {
  readonly #devices = new Map<string, Seconds>();
  #lastSecond: number | undefined;

  /** @param monotonicMs when the interval ended */
  add({ devices, intervalSeconds }: Comparison, monotonicMs: number): void {
    const second = Math.floor(monotonicMs / 1000);
    const first = this.#lastSecond ?? second - Math.ceil(intervalSeconds);
    const passed = Math.max(0, second - first);
    this.#lastSecond = second;
    const keys = new Set(devices.map(keyOf));
    for (const key of this.#devices.keys()) {
      if (!keys.has(key)) {
        this.#devices.delete(key);
      }
    }
    for (const device of devices) {
      const seconds =
        this.#devices.get(keyOf(device)) ?? new Float64Array(HISTORY_SECONDS).fill(Number.NaN);
      seconds.copyWithin(0, Math.min(passed, HISTORY_SECONDS));
      // An interval of less than a second writes its rate over that of the one before it.
      seconds.fill(device.total.packetsPerSecond, -Math.max(1, Math.min(passed, HISTORY_SECONDS)));
      this.#devices.set(keyOf(device), seconds);
    }
  }

  /** A copy, by `keyOf` a device, oldest second first. */
  minutes(): Minutes {
    return new Map([...this.#devices].map(([key, seconds]) => [key, [...seconds]]));
  }
}

/** A device as `deviceKey` knows it. */
export function keyOf({ device, netns }: { device: string; netns?: string }): string {
  return deviceKey({ name: device, ...(netns === undefined ? {} : { netns }) });
}
