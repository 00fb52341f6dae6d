// SPDX-License-Identifier: Apache-2.0
// The largest bursts of each device: from the times that some records have, and from the turns where none has one.
import { PEAK_WINDOWS, type Peaks, type PeakWindow } from '../../snapshot/peaks.ts';
import { type TakeRecords, TIME } from '../record.ts';
import type { Decoded } from '../top-lists/device-intake.ts';
import { BurstWindow, type WindowShape } from './burst-window.ts';

/** 6 KiB for a device. */
const SHAPES: Readonly<Record<PeakWindow, WindowShape>> = {
  '10ms': { bucketMs: 1, buckets: 10, kept: 256, latestMs: 200 },
  '1s': { bucketMs: 20, buckets: 50, kept: 128, latestMs: 1_000 },
};

/** What a stamp may be before the last turn, or after this one began: else another process has written it. */
const EARLY_MS = 10;
const LONGEST_TURN_MS = 1_000;

type Windows = Readonly<Record<PeakWindow, BurstWindow>>;

/**
 * Which packets came within the same milliseconds. Programs stamp one record in so many of each ring, see is_timed() in
 * bpf/ring.h. Those behind it came with it or soon after, those before the first of a turn not long before it. Where a
 * ring had none in a turn, they came since the last turn: just after it, if the ring had records then, too, or else just
 * before this one. So neither end of a burst is torn off.
 */
export class DevicePeaks {
  readonly #decoded: Decoded;
  /** What of `#decoded` is in windows already. */
  readonly #seen: Pick<Decoded, 'packets' | 'bytes'>;
  /** By slot; undefined until it has packets. */
  readonly #windows: (Windows | undefined)[];
  /** Ms of the kernel's clock where the caller's is at 0. */
  readonly #shiftMs: number;
  /** Of the kernel's clock. */
  #turnMs = Number.NEGATIVE_INFINITY;
  #lastTurnMs = Number.NEGATIVE_INFINITY;
  #turn = 0;
  #cpu = -1;
  /** By CPU: the last turn in which it had records. */
  readonly #lastTurns = new Map<number, number>();
  /** When those packets came of which no stamp tells. */
  #unstampedMs = 0;
  /** When the packets came that are being taken: a whole number; undefined where no stamp told yet. */
  #atMs: number | undefined;

  /**
   * @param decoded grows by what is taken
   * @param shiftMs see `kernelMsAtZero`
   */
  constructor(decoded: Decoded, shiftMs: number) {
    const slots = decoded.packets.length;
    this.#decoded = decoded;
    this.#shiftMs = shiftMs;
    this.#seen = { packets: new Float64Array(slots), bytes: new Float64Array(slots) };
    this.#windows = Array.from({ length: slots });
  }

  /** A turn begins, which finds all that came before now. */
  begin(nowMs: number): void {
    this.#turn++;
    this.#lastTurnMs = this.#turnMs;
    this.#turnMs = nowMs + this.#shiftMs;
    this.#each((window) => window.begin(this.#turnMs));
  }

  /** Has `count` take records. In a turn, one CPU after the other. */
  wrap(count: TakeRecords): TakeRecords {
    return (words, first, records, cpu) => {
      if (cpu !== this.#cpu) {
        this.#settle();
        this.#go(cpu);
      }
      if (words[first + TIME] !== 0) {
        this.#meet(timeOf(words, first));
      }
      count(words, first, records, cpu);
    };
  }

  /** The turn is over: all that came before it has been taken. */
  end(): void {
    this.#settle();
    this.#cpu = -1;
    this.#each((window) => window.complete(this.#turnMs, this.#turnMs));
  }

  /** Between two turns. */
  snapshot(slot: number, nowMs: number): Peaks {
    const windows = this.#windows[slot];
    const peak = (window: PeakWindow) =>
      windows?.[window].peak(nowMs + this.#shiftMs) ?? { packets: 0, bytes: 0 };
    return { '10ms': peak('10ms'), '1s': peak('1s') };
  }

  /** Forgets a slot that another device is to have, and whose counts in `decoded` are zero from now on. */
  clearSlot(slot: number): void {
    this.#seen.packets[slot] = 0;
    this.#seen.bytes[slot] = 0;
    this.#windows[slot] = undefined;
  }

  /** On to the next CPU of the turn. */
  #go(cpu: number): void {
    const goesOn = this.#lastTurns.get(cpu) === this.#turn - 1;
    this.#unstampedMs = goesOn ? this.#lastTurnMs : this.#turnMs;
    this.#lastTurns.set(cpu, this.#turn);
    this.#cpu = cpu;
  }

  /** What comes from now on came at that time, and so did what came before the first time of a CPU in a turn. */
  #meet(atMs: number): void {
    const isPlausible =
      atMs >= this.#lastTurnMs - EARLY_MS && atMs <= this.#turnMs + LONGEST_TURN_MS;
    if (!isPlausible || atMs === this.#atMs) {
      return;
    }
    if (this.#atMs !== undefined) {
      this.#settle();
    }
    this.#atMs = atMs;
  }

  /** What was taken since the last call came at one time. */
  #settle(): void {
    const { packets, bytes } = this.#decoded;
    const seen = this.#seen;
    const atMs = this.#atMs ?? this.#unstampedMs;
    for (let slot = 0; slot < packets.length; slot++) {
      const more = (packets[slot] as number) - (seen.packets[slot] as number);
      if (more > 0) {
        const moreBytes = (bytes[slot] as number) - (seen.bytes[slot] as number);
        seen.packets[slot] = packets[slot] as number;
        seen.bytes[slot] = bytes[slot] as number;
        this.#add(slot, atMs, more, moreBytes);
      }
    }
    this.#atMs = undefined;
  }

  #add(slot: number, atMs: number, packets: number, bytes: number): void {
    const windows = this.#windows[slot] ?? createWindows(this.#turnMs);
    this.#windows[slot] = windows;
    for (const window of PEAK_WINDOWS) {
      windows[window].add(atMs, packets, bytes);
    }
  }

  #each(work: (window: BurstWindow) => void): void {
    for (const windows of this.#windows) {
      if (windows !== undefined) {
        work(windows['10ms']);
        work(windows['1s']);
      }
    }
  }
}

function createWindows(nowMs: number): Windows {
  return {
    '10ms': new BurstWindow(SHAPES['10ms'], nowMs),
    '1s': new BurstWindow(SHAPES['1s'], nowMs),
  };
}

/** In whole ms. */
function timeOf(words: Uint32Array, at: number): number {
  return Math.floor(((words[at + TIME] ?? 0) * 2 ** 32 + (words[at + TIME - 1] ?? 0)) / 1e6);
}
