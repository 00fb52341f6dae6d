// SPDX-License-Identifier: Apache-2.0
// One device that is wanted or was: its slot, its instrument, why it has none, and when to try again.
import { ExporterError, errorMessage, VerifierError } from '../errors.ts';
import type { Device, XdpOccupants } from '../kernel/device.ts';
import { explainReason, REASONS } from '../reasons.ts';
import type { Attempts, DownReason, ObservedCounts } from '../snapshot/device.ts';
import { AttemptCounts, downReasonOf } from './attempts.ts';
import { CountingStart } from './counting-start.ts';
import type { Stack } from './device-stack.ts';
import { type Instrument, InstrumentError } from './instrument.ts';
import { lossOf } from './loss.ts';
import { Retry } from './retry.ts';
import { absenceReason } from './selection.ts';
import { type DeviceName, fieldsOf, type WatchContext } from './watch-context.ts';

/** Why a device has no instrument, as a label and as a sentence. */
export interface Down {
  readonly reason: DownReason;
  readonly message: string;
}

export class WatchedDevice implements DeviceName {
  readonly netns?: string;
  readonly name: string;
  /** Of its counters. */
  readonly slot: number;
  /** What of its namespace is below it, as of the last look. */
  stack: Stack = {};
  readonly #context: WatchContext;
  /** Of its counters. */
  readonly start: CountingStart;
  readonly #retry = new Retry();
  #isWanted = true;
  #unwantedAtMs = 0;
  #instrument: Instrument | undefined;
  #target: string | undefined;
  #down: Down | undefined;
  /** Id of the program that was last observed. */
  #observedId: number | undefined;
  #retargets = 0;
  /** Of the instruments that were closed. */
  #missedBefore = 0;
  readonly #attempts: AttemptCounts;

  /** @param startedAtMs when an earlier process began to count it, whose counters are in the slot: it is not wanted yet */
  constructor(
    { netns, name }: DeviceName,
    slot: number,
    context: WatchContext,
    startedAtMs?: number,
  ) {
    if (netns !== undefined) {
      this.netns = netns;
    }
    if (startedAtMs !== undefined) {
      this.#isWanted = false;
      this.#unwantedAtMs = context.nowMs();
    }
    this.start = new CountingStart(context, startedAtMs);
    this.name = name;
    this.slot = slot;
    this.#context = context;
    this.#attempts = new AttemptCounts(context.wallMs);
  }

  /** It is asked for now. One that is not keeps its slot until another device needs it. */
  get isWanted(): boolean {
    return this.#isWanted;
  }

  /** When it stopped being wanted, on the clock that nobody sets. */
  get unwantedAtMs(): number {
    return this.#unwantedAtMs;
  }

  /** The one that counts it now, as far as the last look could tell. */
  get instrument(): Instrument | undefined {
    return this.#instrument;
  }

  /** It had an instrument at some time, so that its counters mean something. */
  get isCounted(): boolean {
    return this.start.times.startedAtMs !== undefined;
  }

  /** Undefined while it is up, not wanted, or not yet looked at. */
  get down(): Down | undefined {
    return this.#down;
  }

  /** Undefined where no program was ever observed on it. */
  get observed(): ObservedCounts | undefined {
    if (this.#observedId === undefined) {
      return undefined;
    }
    const missed = this.#missedBefore + (this.#instrument?.missed?.() ?? 0);
    return { retargets: this.#retargets, missed };
  }

  get attempts(): readonly Attempts[] {
    return this.#attempts.all();
  }

  want(): void {
    this.#isWanted = true;
  }

  /** Closes its instrument, and keeps what was counted. */
  letGo(): void {
    this.#close();
    this.#isWanted = false;
    this.#unwantedAtMs = this.#context.nowMs();
    this.#target = undefined;
    this.#down = undefined;
    this.#context.log.info('released device', fieldsOf(this));
  }

  /**
   * Closes an instrument that has lost its device, or that another process took away.
   * @param target tells the device that has its name now from every other; undefined where none has it
   * @param xdp what is on that device
   */
  noticeLoss(target: string | undefined, xdp: XdpOccupants | undefined): void {
    const instrument = this.#instrument;
    if (instrument === undefined) {
      return;
    }
    if (xdp !== undefined) {
      instrument.see?.(xdp);
    }
    const isGone = target !== this.#target;
    if (isGone || !instrument.isUp()) {
      this.#close();
      const isSealed = this.#context.isSealed?.() ?? false;
      const loss = lossOf(this.name, isGone ? undefined : instrument.info, isSealed);
      this.#goDown(loss.reason, loss.message, loss.level);
    }
  }

  /** Its namespace is not there. */
  missNamespace(): void {
    this.#close();
    this.#target = undefined;
    const message = `find device "${this.name}": ${explainReason('no_namespace')}`;
    this.#goDown('no_namespace', message);
  }

  /** No device of its namespace has its name. @param present names of those there are */
  miss(present: Iterable<string>): void {
    this.#target = undefined;
    // That it has gone was said when it went.
    if (!['absent', 'privileges_dropped'].includes(this.#down?.reason ?? '')) {
      this.#goDown('absent', absenceReason(this.name, [...present]));
    }
  }

  /**
   * Whether it needs an instrument and is to be tried now. Another device under its name is not made to wait for what
   * the one before refused, nor is one whose programs have changed since.
   * @param target as for `noticeLoss`
   */
  isDue(target: string, { native, generic, offload }: XdpOccupants): boolean {
    if (target !== this.#target) {
      this.#target = target;
      this.#retry.reset();
    }
    const circumstances = `${target} ${native} ${generic} ${offload}`;
    const isDue = this.#retry.isDue(circumstances, this.#context.nowMs());
    return isDue && this.#instrument === undefined;
  }

  /** In its namespace. Throws only what is no ExporterError, and then it waits as after any other refusal. */
  open(device: Device): void {
    const { open, log } = this.#context;
    try {
      this.#instrument = this.start.begin(this, this.slot, () =>
        this.#attempts.count((trying) => open(device, this.slot, this.netns, trying)),
      );
    } catch (error) {
      this.#refuse(error);
      return;
    }
    this.#down = undefined;
    this.#retry.reset();
    const { role, name, mode, id } = this.#instrument.info;
    const program = role === 'observed' ? { program: name } : {};
    const event = this.#instrument.isAdopted === true ? 'adopted' : role;
    log.info(event, { ...fieldsOf(this), ...program, mode, program_id: id });
    if (role === 'observed') {
      this.#retargets += Number((this.#observedId ?? id) !== id);
      this.#observedId = id;
    }
  }

  /** Closes its instrument for good, unless it can go on without this process, and keeps what was counted. */
  stop(): void {
    if (this.#instrument?.leave === undefined) {
      this.#close();
    } else {
      this.#instrument.leave();
      this.#instrument = undefined;
    }
    if (this.#isWanted) {
      const message = `watch device "${this.name}": ${REASONS.stopping.cause}`;
      this.#down = { reason: 'stopping', message };
    }
  }

  #close(): void {
    this.#missedBefore += this.#instrument?.missed?.() ?? 0;
    this.#instrument?.close();
    this.#instrument = undefined;
  }

  #refuse(error: unknown): void {
    const { log, nowMs } = this.#context;
    const retryAfterMs = error instanceof InstrumentError ? error.retryAfterMs : undefined;
    this.#retry.refused(nowMs(), retryAfterMs);
    if (!(error instanceof ExporterError)) {
      this.#down = { reason: 'refused', message: errorMessage(error) };
      throw error;
    }
    if (error instanceof VerifierError && this.#down?.message !== error.message) {
      for (const line of error.log) {
        log.debug('verifier', { ...fieldsOf(this), line });
      }
    }
    this.#goDown(downReasonOf(error), errorMessage(error));
  }

  /** Logs a reason once, not at every try. */
  #goDown(reason: DownReason, message: string, level = this.#context.downLevel): void {
    if (this.#down?.message !== message) {
      this.#down = { reason, message };
      this.#context.log[level](message, fieldsOf(this));
    }
  }
}
