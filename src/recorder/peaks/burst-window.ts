// SPDX-License-Identifier: Apache-2.0
// The most packets and bytes of one device in any window of one length, since a minute ago, in constant memory.
import type { Counts } from '../../snapshot/top-list.ts';
import { RecentMaximum } from '../recent-maximum.ts';

/** A window is so many buckets, of which so many are kept: the rest of them is for packets that are read late. */
export interface WindowShape {
  readonly bucketMs: number;
  readonly buckets: number;
  /** A power of two. */
  readonly kept: number;
  /** Packets that are read later than that after they came are in no window: fewer than are kept beyond one. */
  readonly latestMs: number;
}

/** A stamp may be a little older than what was thought complete: its program was interrupted before it published. */
const SLACK_BUCKETS = 10;

/**
 * Windows end where a bucket does, so none is longer than it is called, and a burst that is shorter than one by a
 * bucket is in one of them as a whole. Times are ms of a clock that nobody sets.
 */
export class BurstWindow {
  readonly #shape: WindowShape;
  /** Packets and bytes in turn, by bucket. Those that no window of the future needs are zero. */
  readonly #cells: Float64Array;
  /** All buckets up to it have all their packets. */
  #complete: number;
  /** The newest one that has any. */
  #newest = Number.NEGATIVE_INFINITY;
  /** Of the window that ends with `#complete`. */
  #packets = 0;
  #bytes = 0;
  readonly #maxima = { packets: new RecentMaximum(), bytes: new RecentMaximum() } as const;

  /** @param nowMs the first turn with packets began then */
  constructor(shape: WindowShape, nowMs: number) {
    this.#shape = shape;
    this.#cells = new Float64Array(2 * shape.kept);
    this.#complete = this.#bucketOf(nowMs - shape.latestMs) - 1;
  }

  /** A turn begins. Gives the place of the oldest to those that come. */
  begin(nowMs: number): void {
    this.complete(nowMs - this.#shape.latestMs, nowMs);
  }

  /** Packets that came at one time, which may not be that of the last call: each CPU's are read by themselves. */
  add(atMs: number, packets: number, bytes: number): void {
    const { buckets, kept } = this.#shape;
    let bucket = this.#bucketOf(atMs);
    const late = this.#complete - bucket;
    if (late > SLACK_BUCKETS || -late > kept - buckets) {
      return;
    }
    bucket = Math.max(bucket, this.#complete + 1);
    const cell = this.#cellOf(bucket);
    this.#cells[cell] = (this.#cells[cell] ?? 0) + packets;
    this.#cells[cell + 1] = (this.#cells[cell + 1] ?? 0) + bytes;
    this.#newest = Math.max(this.#newest, bucket);
  }

  /** Everything that came before then was added. */
  complete(beforeMs: number, nowMs: number): void {
    const end = this.#bucketOf(beforeMs) - 1;
    const { buckets } = this.#shape;
    let packets = 0;
    let bytes = 0;
    while (this.#complete < end && this.#complete < this.#newest + buckets) {
      this.#complete++;
      const leaving = this.#cellOf(this.#complete - buckets);
      this.#packets += this.#countIn(this.#complete) - (this.#cells[leaving] ?? 0);
      this.#bytes += this.#countIn(this.#complete, 1) - (this.#cells[leaving + 1] ?? 0);
      this.#cells.fill(0, leaving, leaving + 2);
      packets = Math.max(packets, this.#packets);
      bytes = Math.max(bytes, this.#bytes);
    }
    this.#complete = Math.max(this.#complete, end);
    if (packets > 0) {
      this.#maxima.packets.add(nowMs, packets);
      this.#maxima.bytes.add(nowMs, bytes);
    }
  }

  /** Also of windows that are not over. Changes nothing but forgets what is older than a minute. */
  peak(nowMs: number): Counts {
    const { buckets } = this.#shape;
    let [packets, bytes] = [this.#packets, this.#bytes];
    const most = {
      packets: this.#maxima.packets.value(nowMs),
      bytes: this.#maxima.bytes.value(nowMs),
    };
    for (let bucket = this.#complete + 1; bucket <= this.#newest; bucket++) {
      packets += this.#countIn(bucket) - this.#countIn(bucket - buckets);
      bytes += this.#countIn(bucket, 1) - this.#countIn(bucket - buckets, 1);
      most.packets = Math.max(most.packets, packets);
      most.bytes = Math.max(most.bytes, bytes);
    }
    return most;
  }

  #countIn(bucket: number, quantity: 0 | 1 = 0): number {
    return this.#cells[this.#cellOf(bucket) + quantity] ?? 0;
  }

  #bucketOf(ms: number): number {
    return Math.floor(ms / this.#shape.bucketMs);
  }

  #cellOf(bucket: number): number {
    // The low bits, also of what 32 bits do not hold.
    return 2 * (bucket & (this.#shape.kept - 1));
  }
}
