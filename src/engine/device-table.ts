// SPDX-License-Identifier: Apache-2.0
// The devices that we want and what became of each: slots, attachments, reasons, retries.

import { ExporterError, errorMessage, VerifierError } from '../errors.ts';
import { MAX_DEVICES } from '../kernel/abi.ts';
import type { Device } from '../kernel/device.ts';
import type { Logger } from '../log.ts';
import { attachDevice } from './attach.ts';
import type { Attachment, Kernel } from './kernel.ts';
import type { XdpMode } from './messages.ts';
import { absenceReason } from './selection.ts';

const FIRST_RETRY_MS = 2_000;
const LAST_RETRY_MS = 60_000;

const LEFT_OUT = `leave out device: ${MAX_DEVICES} are all that can be counted`;

/** A device that we want, attached or not. Its slot, and so its counters, stay its own while it is wanted. */
export interface Entry {
  readonly name: string;
  readonly slot: number;
  attachment?: Attachment | undefined;
  /** Of the device that `attachment` is on. */
  ifindex?: number;
  /** Was attached at some time, so that its counters mean something. */
  counted: boolean;
  /** When that was for the first time, ms of the wall clock. */
  startedAtMs?: number;
  /** The device is not there, and that was said. */
  absent: boolean;
  /** Why it is down; undefined while it is up. */
  reason?: string | undefined;
  retryAtMs: number;
  retryDelayMs: number;
}

export interface DeviceTableOptions {
  readonly now?: () => number;
  /** At which a device that is down is logged. */
  readonly downLevel?: 'debug' | 'warn';
  /** Called for a slot that a new device is to have. */
  readonly clearSlot?: (slot: number) => void;
  /** Called after each device that an update looks at: hundreds of them take longer than the rings can wait. */
  readonly afterDevice?: () => void;
}

export class DeviceTable {
  readonly #kernel: Kernel;
  readonly #mode: XdpMode;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #downLevel: 'debug' | 'warn';
  readonly #clearSlot: (slot: number) => void;
  readonly #afterDevice: () => void;
  readonly #entries = new Map<string, Entry>();
  /** Wanted, but more than there are slots. */
  readonly #leftOut = new Set<string>();

  constructor(kernel: Kernel, mode: XdpMode, log: Logger, options: DeviceTableOptions = {}) {
    this.#kernel = kernel;
    this.#mode = mode;
    this.#log = log;
    this.#now = options.now ?? Date.now;
    this.#downLevel = options.downLevel ?? 'warn';
    this.#clearSlot = options.clearSlot ?? ((slot) => kernel.clearSlot(slot));
    this.#afterDevice = options.afterDevice ?? (() => {});
  }

  entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  /** Why what is wanted is not up, one sentence each. */
  problems(): readonly string[] {
    const reasons = this.entries().flatMap(({ reason }) => reason ?? []);
    return [...reasons, ...[...this.#leftOut].map((name) => `${LEFT_OUT} ("${name}")`)];
  }

  /** How many slots a reader must read to see every entry's. */
  slots(): number {
    return Math.max(0, ...this.entries().map(({ slot }) => slot + 1));
  }

  /** Brings the table to `wanted`: drops what is no longer wanted or gone, attaches what is down. */
  update(wanted: readonly string[], present: readonly Device[]): void {
    for (const name of [...this.#leftOut].filter((candidate) => !wanted.includes(candidate))) {
      this.#leftOut.delete(name);
    }
    const byName = new Map(present.map((device) => [device.name, device]));
    for (const entry of this.entries()) {
      if (wanted.includes(entry.name)) {
        this.#noticeLoss(entry, byName.get(entry.name));
      } else {
        this.remove(entry.name);
      }
      this.#afterDevice();
    }
    for (const name of wanted) {
      const entry = this.#entries.get(name) ?? this.#add(name);
      if (entry !== undefined && entry.attachment === undefined) {
        this.#bringUp(entry, byName);
        this.#afterDevice();
      }
    }
  }

  remove(name: string): void {
    const entry = this.#entries.get(name);
    if (entry !== undefined) {
      entry.attachment?.close();
      this.#entries.delete(name);
      this.#log.info('dropped device', { device: name });
    }
  }

  /** Detaches every device, the last attached first, and keeps what was counted. */
  detach(): void {
    for (const entry of this.entries().toReversed()) {
      entry.attachment?.close();
      entry.attachment = undefined;
    }
  }

  close(): void {
    this.detach();
    this.#entries.clear();
  }

  #add(name: string): Entry | undefined {
    const taken = new Set(this.entries().map(({ slot }) => slot));
    const slot = Array.from({ length: MAX_DEVICES }, (_, index) => index).find(
      (index) => !taken.has(index),
    );
    if (slot === undefined) {
      if (!this.#leftOut.has(name)) {
        this.#leftOut.add(name);
        this.#log[this.#downLevel](LEFT_OUT, { device: name });
      }
      return undefined;
    }
    this.#leftOut.delete(name);
    this.#clearSlot(slot);
    const entry: Entry = {
      name,
      slot,
      counted: false,
      absent: false,
      retryAtMs: 0,
      retryDelayMs: FIRST_RETRY_MS,
    };
    this.#entries.set(name, entry);
    return entry;
  }

  #noticeLoss(entry: Entry, device: Device | undefined): void {
    if (entry.attachment === undefined) {
      return;
    }
    if (device?.ifindex === entry.ifindex && entry.attachment.isAttached()) {
      return;
    }
    entry.attachment.close();
    entry.attachment = undefined;
    entry.absent = device === undefined;
    this.#down(
      entry,
      device?.ifindex === entry.ifindex
        ? `watch device "${entry.name}": the program was detached by another process`
        : `watch device "${entry.name}": the device has gone`,
    );
  }

  #bringUp(entry: Entry, present: ReadonlyMap<string, Device>): void {
    const device = present.get(entry.name);
    if (device === undefined) {
      if (!entry.absent) {
        entry.absent = true;
        this.#down(entry, absenceReason(entry.name, [...present.keys()]));
      }
      return;
    }
    entry.absent = false;
    const now = this.#now();
    if (now < entry.retryAtMs) {
      return;
    }
    try {
      entry.attachment = attachDevice(this.#kernel, device, entry.slot, this.#mode);
      entry.startedAtMs ??= now;
      this.#up(entry, device, entry.attachment);
    } catch (error) {
      this.#refused(entry, error);
    }
  }

  #up(entry: Entry, device: Device, { info }: Attachment): void {
    entry.ifindex = device.ifindex;
    entry.counted = true;
    entry.reason = undefined;
    entry.retryAtMs = 0;
    entry.retryDelayMs = FIRST_RETRY_MS;
    this.#log.info('attached', { device: entry.name, mode: info.mode, program_id: info.id });
    if (info.mode === 'generic' && this.#mode === 'auto') {
      this.#log.warn('driver has no native XDP: generic mode counts frames after GRO, and slower', {
        device: entry.name,
      });
    }
  }

  /** Another try costs a load and may cost the driver more, so it waits ever longer. */
  #refused(entry: Entry, error: unknown): void {
    entry.retryAtMs = this.#now() + entry.retryDelayMs;
    entry.retryDelayMs = Math.min(entry.retryDelayMs * 2, LAST_RETRY_MS);
    if (error instanceof VerifierError && entry.reason !== error.message) {
      for (const line of error.log) {
        this.#log.debug('verifier', { device: entry.name, line });
      }
    }
    if (!(error instanceof ExporterError)) {
      throw error;
    }
    this.#down(entry, errorMessage(error));
  }

  /** Logs a reason once, not at every try. */
  #down(entry: Entry, reason: string): void {
    if (entry.reason !== reason) {
      entry.reason = reason;
      this.#log[this.#downLevel](reason, { device: entry.name });
    }
  }
}
