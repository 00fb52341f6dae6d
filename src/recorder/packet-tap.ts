// SPDX-License-Identifier: Apache-2.0
// One reader of packets: gets a copy of each that it asks for, as far as it keeps up, and exact counts of all others.
import { PACKET_ROW, PACKET_WORDS } from '../snapshot/packet.ts';
import type { PacketBatch, PacketCounts } from '../snapshot/packet-stream.ts';
import { RECORD_WORDS, SLOT, SLOT_BITS, WEIGHT } from './record.ts';

/** Rows that go out together at most: 68 KiB. */
const BATCH_ROWS = 1024;

/** Rows under way at most: 1.1 MiB, or 80 ms of 200,000 packets a second. */
const MAX_UNTAKEN = 16 * BATCH_ROWS;

/** Looked at between two glances at the clock. */
const STRIDE = 64;

/** A reader that gets no row is told the counts all the same. */
const COUNTS_INTERVAL_MS = 1_000;

const LARGEST_WORD = 2 ** 32 - 1;

type RowTest = (words: Uint32Array, first: number) => boolean;

export interface TapRequest {
  /** Whether packets of a device are asked for, by its name. Absent: of every device. */
  readonly wantsDevice?: (name: string) => boolean;
  /** Makes the test that a row has to pass, by the words from its first on. Absent: every packet does. */
  readonly filter?: (deviceOf: (slot: number) => string | undefined) => RowTest;
  /** One record in so many, at random. */
  readonly sample: number;
  /** Takes a batch over; false where it is lost. */
  readonly post: (batch: PacketBatch) => boolean;
}

/** What is true of all records of a turn. */
export interface Turn {
  /** Names of devices by slot. */
  readonly devices: PacketBatch['devices'];
  readonly sampleInterval: number;
  /** Ms and ns of a clock that nobody sets. */
  readonly nowMs: number;
  readonly nowNs: bigint;
}

/** Records as `TakeRecords` gives them. */
export interface Records {
  readonly words: Uint32Array;
  readonly first: number;
  readonly count: number;
  readonly cpu: number;
}

export class PacketTap {
  readonly #request: TapRequest;
  readonly #matches: RowTest | undefined;
  readonly #words = new Uint32Array(BATCH_ROWS * PACKET_WORDS);
  readonly #counts = { rows: 0, filtered: 0, sampledOut: 0, missed: 0 };
  /** In `#words`. */
  #rows = 0;
  /** Handed over and not taken yet. */
  #untaken = 0;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #turn: Turn | undefined;
  /** Undefined: all of them. */
  #wantedSlots: ReadonlySet<number> | undefined;

  constructor(request: TapRequest) {
    this.#request = request;
    this.#matches = request.filter?.((slot) => this.#turn?.devices[slot]);
  }

  get counts(): PacketCounts {
    return this.#counts;
  }

  /** Before the first records of a turn. */
  begin(turn: Turn): void {
    const { wantsDevice } = this.#request;
    this.#turn = turn;
    this.#wantedSlots =
      wantsDevice &&
      new Set(
        Object.entries(turn.devices).flatMap(([slot, name]) =>
          wantsDevice(name) ? [Number(slot)] : [],
        ),
      );
  }

  /** @param isTimeUp no more may be looked at in this turn */
  take({ words, first, count, cpu }: Records, isTimeUp: () => boolean): void {
    for (let done = 0; done < count; done += STRIDE) {
      const some = {
        words,
        first: first + done * RECORD_WORDS,
        count: Math.min(STRIDE, count - done),
        cpu,
      };
      if (this.#untaken + this.#rows + some.count > MAX_UNTAKEN || isTimeUp()) {
        this.#miss(some);
      } else {
        this.#look(some);
      }
    }
  }

  /** The reader is done with so many rows. */
  taken(rows: number): void {
    this.#untaken = Math.max(0, this.#untaken - rows);
  }

  /** After the last records of a turn: sends what is waiting. */
  flush(turn: Turn): void {
    const isDue = turn.nowMs - this.#toldAtMs >= COUNTS_INTERVAL_MS;
    // One that reads nothing is not told the same again and again: that would wait in memory, too.
    if (this.#rows > 0 || (isDue && this.#untaken < MAX_UNTAKEN - STRIDE)) {
      this.#post(turn);
    }
  }

  #look({ words, first, count, cpu }: Records): void {
    const { sample } = this.#request;
    const matches = this.#matches;
    const turn = this.#turn as Turn;
    const end = first + count * RECORD_WORDS;
    for (let at = first; at < end; at += RECORD_WORDS) {
      if (!this.#isWanted(words, at)) {
        continue;
      }
      if (sample > 1 && Math.random() * sample >= 1) {
        this.#counts.sampledOut++;
        continue;
      }
      this.#copy(words, at, cpu, turn.nowNs);
      if (matches !== undefined && !matches(this.#words, this.#rows * PACKET_WORDS)) {
        this.#counts.filtered++;
        continue;
      }
      this.#rows++;
      if (this.#rows === BATCH_ROWS) {
        this.#post(turn);
      }
    }
  }

  #miss({ words, first, count }: Records): void {
    if (this.#wantedSlots === undefined) {
      this.#counts.missed += count;
      return;
    }
    const end = first + count * RECORD_WORDS;
    for (let at = first; at < end; at += RECORD_WORDS) {
      this.#counts.missed += Number(this.#isWanted(words, at));
    }
  }

  #isWanted(words: Uint32Array, at: number): boolean {
    const slots = this.#wantedSlots;
    return slots === undefined || slots.has((words[at + SLOT] ?? 0) & SLOT_BITS);
  }

  /** Behind the last row, where the next one overwrites it unless it is counted. */
  #copy(words: Uint32Array, at: number, cpu: number, nowNs: bigint): void {
    const row = this.#rows * PACKET_WORDS;
    for (let word = 0; word < RECORD_WORDS; word++) {
      this.#words[row + word] = words[at + word] ?? 0;
    }
    const weight = (words[at + WEIGHT] ?? 0) * this.#request.sample;
    this.#words[row + PACKET_ROW.weight] = Math.min(weight, LARGEST_WORD);
    this.#words[row + PACKET_ROW.cpu] = cpu;
    const time = row + PACKET_ROW.time;
    // The time of the reading, some ms later: few records have one of their own, and the others must not seem younger.
    this.#words[time] = Number(nowNs & 0xffff_ffffn);
    this.#words[time + 1] = Number(nowNs >> 32n);
  }

  #post({ devices, sampleInterval, nowMs }: Turn): void {
    const rows = this.#rows;
    const words = this.#words.slice(0, rows * PACKET_WORDS);
    this.#rows = 0;
    this.#toldAtMs = nowMs;
    this.#counts.rows += rows;
    const counts = { ...this.#counts };
    if (this.#request.post({ words, devices, counts, sampleInterval })) {
      this.#untaken += rows;
    } else {
      this.#counts.rows -= rows;
      this.#counts.missed += rows;
    }
  }
}
