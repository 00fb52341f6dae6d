// SPDX-License-Identifier: Apache-2.0
// Which instrument a device gets: our own program where the hook is free, or an observer of the one that is there.
import type { Device } from '../kernel/device.ts';
import { explainReason } from '../reasons.ts';
import type { ProgramRole } from '../snapshot/device.ts';
import { adoptInstrument, attachInstrument, type XdpHook, type XdpMode } from './attached.ts';
import { type Instrument, InstrumentError } from './instrument.ts';
import { type ModeOptions, modeOf } from './modes.ts';
import { type ObserveHook, observeInstrument } from './observed.ts';

export interface ChoiceOptions extends ModeOptions {
  readonly xdpMode: XdpMode;
  /** How long a device stays free after a program has left it before mode auto takes it: its owner may come back. */
  readonly attachDelayMs: number;
}

interface FormerOccupant {
  /** Namespace and index of the device: a slot may go to another one. */
  readonly target: string;
  /** When it was first found to have left. */
  leftAtMs: number | undefined;
}

export class InstrumentChoice {
  readonly #hook: XdpHook & ObserveHook;
  readonly #options: ChoiceOptions;
  readonly #nowMs: () => number;
  /** By slot: another's program that was on the device, observed or not, until the device has been left free. */
  readonly #occupants = new Map<number, FormerOccupant>();
  #isSealed = false;

  /** @param nowMs of a clock that nobody sets */
  constructor(hook: XdpHook & ObserveHook, options: ChoiceOptions, nowMs: () => number) {
    this.#hook = hook;
    this.#options = options;
    this.#nowMs = nowMs;
  }

  /** Nothing is opened any more. */
  get isSealed(): boolean {
    return this.#isSealed;
  }

  /** From now on every device is refused: the process is about to lose the rights that it takes. */
  seal(): void {
    this.#isSealed = true;
  }

  /** As `OpenInstrument`. */
  open(
    device: Device,
    slot: number,
    netns: string | undefined,
    trying: (role: ProgramRole) => void,
  ): Instrument {
    if (this.#isSealed) {
      const message = `count device "${device.name}": ${explainReason('privileges_dropped')}`;
      throw new InstrumentError('privileges_dropped', message);
    }
    const { xdpMode } = this.#options;
    const mode = modeOf(this.#options, device);
    const adopted = mode === 'observe' ? undefined : adoptInstrument(this.#hook, device, slot);
    if (adopted !== undefined) {
      return adopted;
    }
    if (mode === 'attach') {
      trying('attached');
      return attachInstrument(this.#hook, device, slot, xdpMode);
    }
    const target = `${netns ?? ''}\0${device.ifindex}`;
    const occupant = this.#hook.occupant(device);
    if (occupant !== undefined) {
      trying('observed');
      this.#occupants.set(slot, { target, leftAtMs: undefined });
      return observeInstrument(this.#hook, device, slot, occupant);
    }
    if (mode === 'observe') {
      throw new InstrumentError(
        'no_program',
        `observe "${device.name}": ${explainReason('no_program')}`,
        { retryAfterMs: 0 },
      );
    }
    this.#requireRest(target, device, slot);
    trying('attached');
    return attachInstrument(this.#hook, device, slot, xdpMode);
  }

  #requireRest(target: string, { name }: Device, slot: number): void {
    const former = this.#occupants.get(slot);
    if (former?.target !== target) {
      return;
    }
    const nowMs = this.#nowMs();
    const { attachDelayMs } = this.#options;
    former.leftAtMs ??= nowMs;
    const waitMs = former.leftAtMs + attachDelayMs - nowMs;
    if (waitMs > 0) {
      throw new InstrumentError(
        'no_program',
        `attach XDP to "${name}": another program was just detached; unless a new one appears, the exporter attaches ` +
          `${attachDelayMs / 1000} s later (--attach-delay)`,
        { retryAfterMs: waitMs },
      );
    }
    this.#occupants.delete(slot);
  }
}
