// SPDX-License-Identifier: Apache-2.0
// The wire format of Protocol Buffers (protobuf.dev, "Encoding"): fields one after the other into one Buffer.
import { GrowingBytes } from '../growing-bytes.ts';

/** Of a field: what kind of value follows its number. */
const WIRE = { varint: 0, fixed64: 1, bytes: 2 } as const;

const MAX_VARINT_BYTES = 10;
const DOUBLE_BYTES = 8;
/** Above, a number that is twice as large and odd would be none of JavaScript's. */
const MAX_ZIGZAG = 2 ** 52;

export class MessageWriter extends GrowingBytes {
  #viewed = this.bytes;
  /** Of `#viewed`, which begins where its memory does. */
  #view = new DataView(this.bytes.buffer);

  /** As they are: fields that were written before. */
  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** The same with another double at `at`. */
  rawWithDouble(bytes: Uint8Array, at: number, value: number): void {
    this.reserve(bytes.length);
    const start = this.length;
    this.bytes.set(bytes, start);
    this.#doubleAt(start + at, value);
    this.length = start + bytes.length;
  }

  string(field: number, text: string): void {
    const size = Buffer.byteLength(text);
    this.#tag(field, WIRE.bytes);
    this.#varint(size);
    this.reserve(size);
    this.length += this.bytes.write(text, this.length);
  }

  double(field: number, value: number): void {
    this.#tag(field, WIRE.fixed64);
    this.reserve(DOUBLE_BYTES);
    this.#doubleAt(this.length, value);
    this.length += DOUBLE_BYTES;
  }

  /** An integer of 0 to 2^53. */
  unsigned(field: number, value: number): void {
    this.#tag(field, WIRE.varint);
    this.#varint(value);
  }

  /** A `sint32` or `sint64`, exact from -2^53 to 2^53. */
  signed(field: number, value: number): void {
    this.#tag(field, WIRE.varint);
    this.#zigzag(value);
  }

  /** A `repeated sint64`, packed. */
  packedSigned(field: number, values: readonly number[]): void {
    this.message(field, () => {
      for (const value of values) {
        this.#zigzag(value);
      }
    });
  }

  /** @param write writes its fields */
  message(field: number, write: () => void): void {
    this.#tag(field, WIRE.bytes);
    this.delimited(write);
  }

  /**
   * A message with its length in front, but no tag. Returns how long it is.
   * @param expected how long it will be: where its length then takes as many bytes, nothing needs to be moved
   */
  delimited(write: () => void, expected = 0): number {
    const room = varintBytes(expected);
    this.reserve(room);
    const start = this.length + room;
    this.length = start;
    write();
    const size = this.length - start;
    const needed = varintBytes(size);
    this.reserve(MAX_VARINT_BYTES);
    if (needed !== room) {
      this.bytes.copyWithin(start + needed - room, start, start + size);
    }
    this.length = start - room;
    this.#varint(size);
    this.length += size;
    return size;
  }

  /** Through a view, which V8 compiles into one store. */
  #doubleAt(at: number, value: number): void {
    if (this.#viewed !== this.bytes) {
      this.#viewed = this.bytes;
      this.#view = new DataView(this.bytes.buffer);
    }
    this.#view.setFloat64(at, value, true);
  }

  #tag(field: number, wire: number): void {
    this.#varint(8 * field + wire);
  }

  #zigzag(value: number): void {
    if (Math.abs(value) < MAX_ZIGZAG) {
      this.#varint(value < 0 ? -2 * value - 1 : 2 * value);
    } else {
      this.#bigVarint(value < 0 ? -2n * BigInt(value) - 1n : 2n * BigInt(value));
    }
  }

  #varint(value: number): void {
    this.reserve(MAX_VARINT_BYTES);
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.bytes[this.length++] = rest;
  }

  #bigVarint(value: bigint): void {
    this.reserve(MAX_VARINT_BYTES);
    let rest = value;
    while (rest > 0x7fn) {
      this.bytes[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.bytes[this.length++] = Number(rest);
  }
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) {
    bytes++;
  }
  return bytes;
}
