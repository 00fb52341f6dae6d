// SPDX-License-Identifier: Apache-2.0
// The readers of packets beside the top sources: a few, and together they get a part of each turn's time.
import { ExporterError } from '../errors.ts';
import type { PacketStream } from '../snapshot/packet-stream.ts';
import { PacketTap, type TapRequest, type Turn } from './packet-tap.ts';
import type { TakeRecords } from './record.ts';
import type { TapState } from './state.ts';

/** Readers at a time. */
const MAX_TAPS = 8;

/** What all readers together may take of a turn. One comes every 4 ms, and the rings fill on meanwhile. */
const MAX_TURN_MS = 1;

export class PacketTaps {
  /** Gives what is true of the records that come now. */
  readonly #look: () => Turn;
  readonly #now: () => number;
  #taps: readonly PacketTap[] = [];
  #turn: Turn | undefined;
  #spentMs = 0;
  /** Of those that are closed. */
  readonly #before = { rows: 0, missed: 0 };

  /** @param now ms of a clock that nobody sets */
  constructor(look: () => Turn, now = () => performance.now()) {
    this.#look = look;
    this.#now = now;
  }

  get isIdle(): boolean {
    return this.#taps.length === 0;
  }

  /** Throws an ExporterError where there are as many as there may be. */
  open(request: TapRequest): PacketStream {
    if (this.#taps.length >= MAX_TAPS) {
      throw new ExporterError(
        `read packets: ${MAX_TAPS} readers are connected; stop one of them first`,
      );
    }
    const tap = new PacketTap(request);
    this.#taps = [...this.#taps, tap];
    this.#turn = undefined;
    return { taken: (rows) => tap.taken(rows), close: () => this.#close(tap) };
  }

  /** For every ring. */
  readonly take: TakeRecords = (words, first, count, cpu) => {
    const startedAtMs = this.#now();
    this.#begin();
    const isTimeUp = () => this.#spentMs + this.#now() - startedAtMs > MAX_TURN_MS;
    for (const tap of this.#taps) {
      tap.take({ words, first, count, cpu }, isTimeUp);
    }
    this.#spentMs += this.#now() - startedAtMs;
  };

  /** After each turn: sends what is waiting. */
  flush(): void {
    const [first, ...others] = this.#taps;
    if (first === undefined) {
      return;
    }
    const turn = this.#begin();
    for (const tap of this.#taps) {
      tap.flush(turn);
    }
    this.#turn = undefined;
    this.#spentMs = 0;
    // It is not always the same one for which no time is left.
    this.#taps = [...others, first];
  }

  state(): TapState {
    const sum = (part: 'rows' | 'missed') =>
      this.#taps.reduce((total, { counts }) => total + counts[part], this.#before[part]);
    return { open: this.#taps.length, rows: sum('rows'), missed: sum('missed') };
  }

  #begin(): Turn {
    if (this.#turn === undefined) {
      this.#turn = this.#look();
      for (const tap of this.#taps) {
        tap.begin(this.#turn);
      }
    }
    return this.#turn;
  }

  #close(tap: PacketTap): void {
    if (this.#taps.includes(tap)) {
      this.#taps = this.#taps.filter((other) => other !== tap);
      this.#before.rows += tap.counts.rows;
      this.#before.missed += tap.counts.missed;
    }
  }
}
