// SPDX-License-Identifier: Apache-2.0
// Text and lines one after the other into one Buffer, which grows where it must.
import { MAX_NUMBER_LENGTH, writeNumber } from './number.ts';

const NEWLINE = 0x0a;

export class ByteWriter {
  #bytes: Buffer;
  #length = 0;

  /** @param capacity bytes that are expected; more cost a copy */
  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** What was written. The writer must not be used any more: both share their memory. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** As UTF-8. */
  text(text: string): void {
    this.#reserve(Buffer.byteLength(text));
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** @param start all that stands before the value */
  line(start: Uint8Array, value: number): void {
    this.#reserve(start.length + MAX_NUMBER_LENGTH + 1);
    const bytes = this.#bytes;
    bytes.set(start, this.#length);
    const end = writeNumber(bytes, this.#length + start.length, value);
    bytes[end] = NEWLINE;
    this.#length = end + 1;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * needed);
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
  }
}
