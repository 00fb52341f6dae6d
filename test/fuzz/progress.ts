// SPDX-License-Identifier: Apache-2.0
// How far a thread that fuzzes has come, in memory that another thread sees also while the first one is stuck.

const HEADER_BYTES = 16;

export class Progress {
  readonly shared: SharedArrayBuffer;
  /** Inputs that were begun, and the bytes of the last one. */
  readonly #counts: Uint32Array;
  readonly #input: Uint8Array;

  /** @param most bytes of an input, or the memory of another thread's */
  constructor(most: number | SharedArrayBuffer) {
    this.shared = typeof most === 'number' ? new SharedArrayBuffer(HEADER_BYTES + most) : most;
    this.#counts = new Uint32Array(this.shared, 0, 2);
    this.#input = new Uint8Array(this.shared, HEADER_BYTES);
  }

  begin(input: Buffer): void {
    this.#input.set(input);
    this.#counts[1] = input.length;
    this.#counts[0] = (this.#counts[0] as number) + 1;
  }

  get begun(): number {
    return this.#counts[0] as number;
  }

  /** A copy. */
  get input(): Buffer {
    return Buffer.from(this.#input.slice(0, this.#counts[1]));
  }
}
