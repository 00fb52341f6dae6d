// SPDX-License-Identifier: Apache-2.0
// Copies records into rows for the main thread, as many as it keeps up with.
import { RECORD } from '../kernel/abi.ts';
import { PACKET_WORDS } from '../snapshot/packet.ts';
import type { RecordSink } from './batch-reader.ts';

const RECORD_WORDS = RECORD.sizeBytes / 4;
const TIME_WORD = RECORD_WORDS;
const CPU_WORD = TIME_WORD + 2;

/** Rows that go out together at most: 44 KiB. */
const ROWS = 1024;

/** Rows under way to the main thread at most: 11 MiB. More are not copied, but counted. */
const MAX_UNWRITTEN = 256 * ROWS;

export class PacketRowSink {
  readonly #post: (words: Uint32Array<ArrayBuffer>) => void;
  #words = new Uint32Array(ROWS * PACKET_WORDS);
  #rows = 0;
  #unwritten = 0;

  /** @param post takes the words over */
  constructor(post: (words: Uint32Array<ArrayBuffer>) => void) {
    this.#post = post;
  }

  /** The main thread is done with so many rows. */
  written(rows: number): void {
    this.#unwritten -= rows;
  }

  sinkOf(cpu: number): RecordSink {
    return {
      take: (words, mask, firstWord, count, firstTimeWord) => {
        for (let record = 0; record < count; record++) {
          if (this.#unwritten + this.#rows >= MAX_UNWRITTEN) {
            return;
          }
          this.#copy(words, mask, firstWord + record * RECORD_WORDS, firstTimeWord + record * 2);
          this.#words[(this.#rows - 1) * PACKET_WORDS + CPU_WORD] = cpu;
          if (this.#rows === ROWS) {
            this.flush();
          }
        }
      },
    };
  }

  #copy(words: Uint32Array, mask: number, record: number, time: number): void {
    const row = this.#rows * PACKET_WORDS;
    for (let word = 0; word < RECORD_WORDS; word++) {
      this.#words[row + word] = words[(record + word) & mask] ?? 0;
    }
    this.#words[row + TIME_WORD] = words[time & mask] ?? 0;
    this.#words[row + TIME_WORD + 1] = words[(time + 1) & mask] ?? 0;
    this.#rows++;
  }

  /** Sends what is waiting; after each turn of the readers. */
  flush(): void {
    if (this.#rows > 0) {
      this.#unwritten += this.#rows;
      this.#post(this.#words.slice(0, this.#rows * PACKET_WORDS));
      this.#rows = 0;
    }
  }
}
