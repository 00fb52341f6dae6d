// SPDX-License-Identifier: Apache-2.0
// One CPU's side of the recorder: its ring, and when it is to have one or another.
import { RecentMaximum } from './recent-maximum.ts';
import type { TakeRecords } from './record.ts';
import type { OpenRing } from './ring.ts';

/** A ring is opened again no sooner than so long after the last try: twice as long each time, up to the other. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 2_000;

/** What was found in a ring that no program of ours writes. */
interface Damage {
  readonly record: number;
  readonly position: number;
}

export class Lane {
  readonly cpu: number;
  /** How full its rings were found, 0..1. */
  readonly fill = new RecentMaximum();
  /** The CPU went offline: its ring is to be let go. */
  isLeaving = false;
  readonly #ringlessCount: () => number;
  #opened: OpenRing | undefined;
  #ringless: number;
  #retryAtMs = Number.NEGATIVE_INFINITY;
  #retryDelayMs = FIRST_RETRY_MS;
  /** Until then the kernel is not asked again to take away a ring that it has refused to. */
  #keptUntilMs = Number.NEGATIVE_INFINITY;
  #closedDamage: Damage = { record: 0, position: 0 };

  /** @param ringlessCount how many packets found no ring on this CPU: only its changes matter */
  constructor(cpu: number, ringlessCount: () => number) {
    this.cpu = cpu;
    this.#ringlessCount = ringlessCount;
    this.#ringless = ringlessCount();
  }

  get hasRing(): boolean {
    return this.#opened !== undefined;
  }

  get sizeBytes(): number | undefined {
    return this.#opened?.ring.sizeBytes;
  }

  /** Of all rings that the CPU has had. */
  get damage(): Damage {
    const { record, position } = this.#closedDamage;
    return {
      record: record + (this.#opened?.ring.damagedRecords ?? 0),
      position: position + (this.#opened?.ring.damagedPositions ?? 0),
    };
  }

  /** Not too soon after the last try. */
  mayOpen(nowMs: number): boolean {
    return nowMs >= this.#retryAtMs;
  }

  /**
   * The CPU's programs have sent what found no ring since the last look, so it is to have one, whether or not the
   * kernel lists the CPU as online. Beside a ring that says that the ring is dead: a perf ring is, once its CPU was
   * offline. Only just after a ring was opened it says nothing, since programs that ran meanwhile may count later.
   */
  lacksRing(nowMs: number): boolean {
    const ringless = this.#ringlessCount();
    const hasGrown = ringless !== this.#ringless;
    if (this.hasRing && !hasGrown && nowMs >= this.#retryAtMs + LAST_RETRY_MS) {
      this.#retryDelayMs = FIRST_RETRY_MS;
    }
    if (this.hasRing && !this.mayOpen(nowMs)) {
      this.#ringless = ringless;
    }
    return hasGrown && this.mayOpen(nowMs);
  }

  /** @param opened undefined where that failed */
  tried(opened: OpenRing | undefined, nowMs: number): void {
    this.#opened = opened;
    this.#retryAtMs = nowMs + this.#retryDelayMs;
    this.#retryDelayMs = Math.min(2 * this.#retryDelayMs, LAST_RETRY_MS);
    this.#ringless = this.#ringlessCount();
  }

  /** How many records were taken. */
  drain(take: TakeRecords, nowMs: number): number {
    if (this.#opened === undefined) {
      return 0;
    }
    const { ring } = this.#opened;
    const records = ring.drain(take);
    this.fill.add(nowMs, ring.fill);
    return records;
  }

  /** Of what the last drain found, 0..1. */
  get fillRatio(): number {
    return this.#opened?.ring.fill ?? 0;
  }

  mayLetGo(nowMs: number): boolean {
    return this.hasRing && nowMs >= this.#keptUntilMs;
  }

  /**
   * Takes the CPU's ring away, then what it holds, then closes it: nothing that was published is lost. Returns how
   * many records were taken. A ring that the kernel does not take away stays open and is read on, since programs may
   * still write to it.
   * @param refused takes what the kernel says then
   */
  letGo(take: TakeRecords, nowMs: number, refused: (error: unknown) => void): number {
    let withdrawn = true;
    try {
      this.#opened?.withdraw();
    } catch (error) {
      withdrawn = false;
      refused(error);
      this.#keptUntilMs = nowMs + LAST_RETRY_MS;
    }
    try {
      return this.#opened?.ring.drain(take) ?? 0;
    } finally {
      if (withdrawn) {
        this.close();
      }
    }
  }

  /** Closes the ring with whatever was not read. */
  close(): void {
    const opened = this.#opened;
    this.#closedDamage = this.damage;
    this.#opened = undefined;
    this.isLeaving = false;
    opened?.close();
  }
}
