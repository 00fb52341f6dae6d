// SPDX-License-Identifier: Apache-2.0
// What we put into the kernel to see a device's packets, and why it may not be there.
import { ExporterError } from '../errors.ts';
import type { Device, XdpOccupants } from '../kernel/device.ts';
import type { DownReason, ProgramInfo, ProgramRole } from '../snapshot/device.ts';

/** Counts the packets of one device in one slot of the maps. Whoever opens it closes it. */
export interface Instrument {
  /** Of the program whose verdicts are counted. */
  readonly info: ProgramInfo;
  /** False once the device has gone, or once another process has taken the instrument away. Never throws. */
  isUp(): boolean;
  /** Tells it which programs are on its device now, where `isUp` cannot ask. */
  see?(xdp: XdpOccupants): void;
  /** Of an observed program: packets that it was given and no counter holds. Never throws, never goes back. */
  missed?(): number;
  /** An earlier process made it. */
  readonly isAdopted?: true;
  /** In place of `close` where the process is about to end: leaves it in the kernel. Absent: it cannot go on without. */
  leave?(): void;
  /** Takes it out of the kernel, from whatever network namespace the thread is in. */
  close(): void;
}

/**
 * Opens an instrument on a device of the calling thread's network namespace. Throws an InstrumentError where there
 * can be none now, and another ExporterError where the kernel refuses for a reason of its own.
 * @param netns the label of the namespace
 * @param trying called before it tries anything that may fail
 */
export type OpenInstrument = (
  device: Device,
  slot: number,
  netns: string | undefined,
  trying: (role: ProgramRole) => void,
) => Instrument;

/** Why a device has no instrument now. It is tried again. */
export class InstrumentError extends ExporterError {
  override readonly name = 'InstrumentError';
  /** As the label of xdp_device_down_info. */
  readonly reason: DownReason;
  /** When to try again, where that is known: a try that costs nothing need not wait ever longer. */
  readonly retryAfterMs?: number;

  constructor(
    reason: DownReason,
    message: string,
    options: ErrorOptions & { readonly retryAfterMs?: number } = {},
  ) {
    super(message, options);
    this.reason = reason;
    if (options.retryAfterMs !== undefined) {
      this.retryAfterMs = options.retryAfterMs;
    }
  }
}
