// SPDX-License-Identifier: Apache-2.0
// Which instrument a device gets: our own program where the hook is free, or an observer of the one that is there.
import type { Device } from '../kernel/device.ts';
import { attachInstrument, type XdpHook, type XdpMode } from './attached.ts';
import { type Instrument, InstrumentError } from './instrument.ts';
import { type ModeOptions, modeOf } from './modes.ts';
import { type ObserveHook, observeInstrument } from './observed.ts';

export interface ChoiceOptions extends ModeOptions {
  readonly xdpMode: XdpMode;
  /** How long a device stays free after a program has left it before mode auto takes it: its owner may come back. */
  readonly attachDelayMs: number;
}

/** Devices of which it is known that another's program was on them; the oldest is forgotten for one more. */
const MOST_OCCUPIED = 4096;

export class InstrumentChoice {
  readonly #hook: XdpHook & ObserveHook;
  readonly #options: ChoiceOptions;
  readonly #nowMs: () => number;
  /** By namespace and index: when another's program left the device; undefined: it was there at the last look. */
  readonly #leftAtMs = new Map<string, number | undefined>();

  /** @param nowMs of a clock that nobody sets */
  constructor(hook: XdpHook & ObserveHook, options: ChoiceOptions, nowMs: () => number) {
    this.#hook = hook;
    this.#options = options;
    this.#nowMs = nowMs;
  }

  /** As `OpenInstrument`. */
  open(device: Device, slot: number, netns: string | undefined): Instrument {
    const { xdpMode } = this.#options;
    const mode = modeOf(this.#options, device);
    if (mode === 'attach') {
      return attachInstrument(this.#hook, device, slot, xdpMode);
    }
    const key = `${netns ?? ''}\0${device.ifindex}`;
    const occupant = this.#hook.occupant(device);
    if (occupant !== undefined) {
      this.#setLeft(key, undefined);
      const instrument = observeInstrument(this.#hook, device, slot, occupant);
      return {
        ...instrument,
        close: () => {
          instrument.close();
          this.#setLeft(key, this.#nowMs());
        },
      };
    }
    if (mode === 'observe') {
      throw new InstrumentError(
        'no_program',
        `observe "${device.name}": there is no XDP program on it; the device is looked at again`,
        { retryAfterMs: 0 },
      );
    }
    this.#requireRest(key, device);
    return attachInstrument(this.#hook, device, slot, xdpMode);
  }

  #setLeft(key: string, leftAtMs: number | undefined): void {
    this.#leftAtMs.delete(key);
    this.#leftAtMs.set(key, leftAtMs);
    const [oldest = key] = this.#leftAtMs.keys();
    if (this.#leftAtMs.size > MOST_OCCUPIED) {
      this.#leftAtMs.delete(oldest);
    }
  }

  #requireRest(key: string, { name }: Device): void {
    if (!this.#leftAtMs.has(key)) {
      return;
    }
    const { attachDelayMs } = this.#options;
    const nowMs = this.#nowMs();
    const leftAtMs = this.#leftAtMs.get(key) ?? nowMs;
    const restMs = leftAtMs + attachDelayMs - nowMs;
    if (restMs <= 0) {
      this.#leftAtMs.delete(key);
      return;
    }
    this.#setLeft(key, leftAtMs);
    throw new InstrumentError(
      'no_program',
      `attach XDP to "${name}": another's program has just left it; unless one comes, ours is attached ` +
        `${attachDelayMs / 1000} s later (--attach-delay)`,
      { retryAfterMs: restMs },
    );
  }
}
