// SPDX-License-Identifier: Apache-2.0
// Copies records into rows for `xdp-exporter log`, as many as it keeps up with.
import { PACKET_ROW, PACKET_WORDS } from '../snapshot/packet.ts';
import { RECORD_WORDS, type TakeRecords } from './record.ts';

/** Rows that go out together at most: 68 KiB. */
const ROWS = 1024;

/** Rows under way at most: 17 MiB. More are not copied, but counted. */
const MAX_UNWRITTEN = 256 * ROWS;

/** Where records go that `log` prints. Those that it would not keep up with stay out, and in its last account. */
export class PacketRowSink {
  readonly #post: (words: Uint32Array<ArrayBuffer>) => void;
  #words = new Uint32Array(ROWS * PACKET_WORDS);
  #rows = 0;
  #unwritten = 0;

  /** @param post takes the words over */
  constructor(post: (words: Uint32Array<ArrayBuffer>) => void) {
    this.#post = post;
  }

  /** The reader is done with so many rows. */
  written(rows: number): void {
    this.#unwritten -= rows;
  }

  /** Copies the records, as far as there is room for them. For every ring. */
  readonly take: TakeRecords = (words, first, count, cpu) => {
    const room = MAX_UNWRITTEN - this.#unwritten - this.#rows;
    const end = first + Math.min(count, room) * RECORD_WORDS;
    for (let at = first; at < end; at += RECORD_WORDS) {
      this.#copy(words, at, cpu);
      if (this.#rows === ROWS) {
        this.flush();
      }
    }
  };

  #copy(words: Uint32Array, at: number, cpu: number): void {
    const row = this.#rows * PACKET_WORDS;
    for (let word = 0; word < RECORD_WORDS; word++) {
      this.#words[row + word] = words[at + word] ?? 0;
    }
    this.#words[row + PACKET_ROW.cpu] = cpu;
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
