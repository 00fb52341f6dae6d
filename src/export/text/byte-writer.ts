// SPDX-License-Identifier: Apache-2.0
// Text and lines one after the other into one Buffer.
import { GrowingBytes } from '../growing-bytes.ts';
import { MAX_NUMBER_LENGTH, writeNumber } from './number.ts';

const NEWLINE = 0x0a;

export class ByteWriter extends GrowingBytes {
  /** As UTF-8. */
  text(text: string): void {
    this.reserve(Buffer.byteLength(text));
    this.length += this.bytes.write(text, this.length);
  }

  /** @param start all that stands before the value */
  line(start: Uint8Array, value: number): void {
    this.reserve(start.length + MAX_NUMBER_LENGTH + 1);
    const { bytes } = this;
    bytes.set(start, this.length);
    const end = writeNumber(bytes, this.length + start.length, value);
    bytes[end] = NEWLINE;
    this.length = end + 1;
  }
}
