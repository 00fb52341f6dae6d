// SPDX-License-Identifier: Apache-2.0
// Copies records into rows for `xdp-exporter log`: those that a filter passes, as many as their reader keeps up with.
import type { RowTest } from '../filter/compile.ts';
import { PACKET_ROW, PACKET_WORDS } from '../snapshot/packet.ts';
import { RECORD_WORDS, type TakeRecords } from './record.ts';

/** Rows that go out together at most: 68 KiB. */
const ROWS = 1024;

/** Rows under way at most: 17 MiB. More are not copied, but counted. */
const MAX_UNWRITTEN = 256 * ROWS;

/** Where records go that `log` prints. Those that it would not keep up with stay out, and in its last account. */
export class PacketRowSink {
  readonly #post: (words: Uint32Array<ArrayBuffer>) => void;
  readonly #passes: RowTest | undefined;
  #words = new Uint32Array(ROWS * PACKET_WORDS);
  #rows = 0;
  #unwritten = 0;
  /** Records that the filter held back. */
  filteredOut = 0;

  /**
   * @param post takes the words over
   * @param passes says which rows are wanted; absent: all
   */
  constructor(post: (words: Uint32Array<ArrayBuffer>) => void, passes?: RowTest) {
    this.#post = post;
    this.#passes = passes;
  }

  /** The reader is done with so many rows. */
  written(rows: number): void {
    this.#unwritten -= rows;
  }

  /** Copies the records that are wanted, as far as there is room for them. For every ring. */
  readonly take: TakeRecords = (words, first, count, cpu) => {
    const end = first + count * RECORD_WORDS;
    for (let at = first; at < end; at += RECORD_WORDS) {
      this.#copy(words, at, cpu);
      if (this.#rows === ROWS) {
        this.flush();
      }
    }
  };

  /** To the next row, which becomes one of those to send if it is wanted and there is room. */
  #copy(words: Uint32Array, at: number, cpu: number): void {
    const row = this.#rows * PACKET_WORDS;
    for (let word = 0; word < RECORD_WORDS; word++) {
      this.#words[row + word] = words[at + word] as number;
    }
    this.#words[row + PACKET_ROW.cpu] = cpu;
    if (this.#passes?.(this.#words, row) === false) {
      this.filteredOut++;
    } else if (this.#unwritten + this.#rows < MAX_UNWRITTEN) {
      this.#rows++;
    }
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
