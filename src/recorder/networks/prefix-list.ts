// SPDX-License-Identifier: Apache-2.0
// Prefixes of one family, each with its network, in typed arrays: a file may hold hundreds of thousands.

/** Words of an address: an IPv4 one has the first, and zero in the others. */
export const ADDRESS_WORDS = 4;

export class PrefixList {
  /** Four words each, the first bit of the address first: numbers are in the order of addresses. */
  words = new Uint32Array(ADDRESS_WORDS * 64);
  /** How long it is. */
  bits = new Uint8Array(64);
  networks = new Uint16Array(64);
  /** Where it is in its file, from 1. */
  lines = new Uint32Array(64);
  length = 0;

  /** @param bytes of the address, 16 in network order; behind the first `bits` bits all are zero */
  add(bytes: Uint8Array, bits: number, network: number, line: number): void {
    if (this.length === this.bits.length) {
      this.#grow();
    }
    const index = this.length++;
    const view = new DataView(bytes.buffer, bytes.byteOffset, 4 * ADDRESS_WORDS);
    for (let word = 0; word < ADDRESS_WORDS; word++) {
      this.words[ADDRESS_WORDS * index + word] = view.getUint32(4 * word);
    }
    this.bits[index] = bits;
    this.networks[index] = network;
    this.lines[index] = line;
  }

  /** Indices in the order of the addresses, of those that begin alike the shortest prefix first. */
  sorted(): Uint32Array {
    const { words, bits } = this;
    return Uint32Array.from({ length: this.length }, (_, index) => index).sort((one, other) => {
      for (let word = 0; word < ADDRESS_WORDS; word++) {
        const difference =
          (words[ADDRESS_WORDS * one + word] ?? 0) - (words[ADDRESS_WORDS * other + word] ?? 0);
        if (difference !== 0) {
          return difference;
        }
      }
      return (bits[one] ?? 0) - (bits[other] ?? 0);
    });
  }

  #grow(): void {
    const grown = <Numbers extends Uint8Array | Uint16Array | Uint32Array>(
      next: Numbers,
      old: Numbers,
    ): Numbers => {
      next.set(old);
      return next;
    };
    const size = 2 * this.bits.length;
    this.words = grown(new Uint32Array(ADDRESS_WORDS * size), this.words);
    this.bits = grown(new Uint8Array(size), this.bits);
    this.networks = grown(new Uint16Array(size), this.networks);
    this.lines = grown(new Uint32Array(size), this.lines);
  }
}
