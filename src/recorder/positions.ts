// SPDX-License-Identifier: Apache-2.0
// The two positions of a ring in shared memory: how far the writer has written, how far this process has read.

/**
 * Both only grow, and wrap at 2^64. The writer alone stores `head`, this process alone `tail`, but whoever maps the
 * memory can write to both: what is found there is never trusted.
 *
 * Ordering. The writer publishes `head` after the records before it, and Atomics.load() has acquire semantics, so
 * whoever has loaded a head sees all records before it whole. Atomics.store() and Atomics.exchange() have release
 * semantics, so all reads of the records come before the tail that gives their room away. The writer writes to that
 * room only once it has loaded such a tail, and stores that depend on a load by a branch are not made before it, on any
 * machine that Linux runs on (Documentation/memory-barriers.txt, "Control dependencies").
 */
export class Positions {
  /** Times that the tail was found changed by another process. */
  damages = 0;
  #head: BigUint64Array;
  #tail: BigUint64Array;
  #read: bigint;

  /**
   * @param headOffset in bytes, a multiple of 8, as the next
   * @param tailOffset of the position where reading goes on
   */
  constructor(memory: Buffer, headOffset: number, tailOffset: number) {
    const { buffer, byteOffset } = memory;
    this.#head = new BigUint64Array(buffer, byteOffset + headOffset, 1);
    this.#tail = new BigUint64Array(buffer, byteOffset + tailOffset, 1);
    this.#read = Atomics.load(this.#tail, 0);
  }

  /** How far this process has read, whatever the tail in memory says. */
  get read(): bigint {
    return this.#read;
  }

  loadHead(): bigint {
    return Atomics.load(this.#head, 0);
  }

  /** From what was read to `head`: negative where the head lies behind. Exact up to 2^53, which no ring reaches. */
  unread(head: bigint): number {
    return Number(BigInt.asIntN(64, head - this.#read));
  }

  /** Sets the tail right where another process has changed it. Costs no store where none has. */
  repair(): void {
    if (Atomics.load(this.#tail, 0) !== this.#read) {
      this.commit(this.#read);
    }
  }

  /** Gives the writer all the room before `position`. */
  commit(position: bigint): void {
    const found = Atomics.exchange(this.#tail, 0, position);
    if (found !== this.#read) {
      this.damages++;
    }
    this.#read = position;
  }

  /** Lets go of the memory, which may then be unmapped: using the positions is an error from here on. */
  detach(): void {
    this.#head = new BigUint64Array(0);
    this.#tail = new BigUint64Array(0);
  }
}
