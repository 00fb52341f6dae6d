// SPDX-License-Identifier: Apache-2.0
// Bytes of an input as choices, one after the other: zeroes come behind the last.

export class Script {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isOver(): boolean {
    return this.#at >= this.#bytes.length;
  }

  u8(): number {
    return this.#bytes[this.#at++] ?? 0;
  }

  u16(): number {
    return this.u8() | (this.u8() << 8);
  }

  u32(): number {
    return (this.u16() | (this.u16() << 16)) >>> 0;
  }

  u64(): bigint {
    return BigInt(this.u32()) | (BigInt(this.u32()) << 32n);
  }

  /** So many, or as many as are left. */
  take(most: number): Buffer {
    const taken = this.#bytes.subarray(this.#at, this.#at + most);
    this.#at += most;
    return taken;
  }

  /** All that are left. */
  rest(): Buffer {
    return this.take(this.#bytes.length);
  }
}
