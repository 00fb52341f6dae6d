// SPDX-License-Identifier: Apache-2.0
// From ranges of addresses to the table in which they are looked up.
import type { AddressFamily } from '../../snapshot/address.ts';
import { ADDRESS_WORDS } from './prefix-list.ts';
import { FIRST_BLOCK, MOST_SEARCHED, type PrefixTable, searchCode } from './prefix-table.ts';
import type { Ranges } from './ranges.ts';

const WORDS = ADDRESS_WORDS;
const ROOT_BITS = 16;
const OCTET_BITS = 8;
const ROOT_CODES = 1 << ROOT_BITS;
const BLOCK_CELLS = 1 << OCTET_BITS;
/** Of one family, 32 MiB: where these would not do, more ranges are searched. */
const FEW_BLOCKS = 65_536;

/**
 * Gives a block to all ranges that share 16 bits, and to those that share more where they are too many to search. The
 * cells take 32 MiB at most but for lists that are made to be bad, and for those 64 MiB.
 */
export function buildTable(ranges: Ranges, family: AddressFamily): PrefixTable {
  for (let searched = 1; searched < MOST_SEARCHED; searched *= 2) {
    const building = new Building(ranges, searched, FEW_BLOCKS);
    const root = building.root();
    if (building.isWithinBounds) {
      return building.finish(root, family);
    }
  }
  const building = new Building(ranges, MOST_SEARCHED, Number.POSITIVE_INFINITY);
  return building.finish(building.root(), family);
}

/** See `orderedWord`: what is not negative is the lesser half there. */
function signed(word: number): number {
  return word ^ (1 << 31);
}

/** Ranges that have all addresses which are alike up to `bit`; the first one perhaps more. */
interface Node {
  readonly first: number;
  readonly end: number;
  readonly bit: number;
}

/** One table while it is built. */
class Building {
  #cells = new Uint16Array(64 * BLOCK_CELLS);
  readonly #firstCodes: number[] = [];
  readonly #codes: number[] = [];
  readonly #ranges: Ranges;
  readonly #searched: number;
  readonly #mostBlocks: number;

  /** @param searched ranges that are searched rather than given a block */
  constructor(ranges: Ranges, searched: number, mostBlocks: number) {
    this.#ranges = ranges;
    this.#searched = searched;
    this.#mostBlocks = mostBlocks;
  }

  get isWithinBounds(): boolean {
    return this.#firstCodes.length <= this.#mostBlocks;
  }

  root(): Int32Array {
    const root = new Int32Array(ROOT_CODES);
    this.#split({ first: 0, end: this.#ranges.length, bit: 0 }, ROOT_BITS, (part, node) => {
      const isOne = node.end - node.first === 1;
      const code = isOne ? (this.#ranges.values[node.first] ?? 0) : this.#block(node);
      root[(part >>> OCTET_BITS) | ((part & 0xff) << OCTET_BITS)] = code;
    });
    return root;
  }

  finish(root: Int32Array, family: AddressFamily): PrefixTable {
    const { starts, values, length } = this.#ranges;
    const words = family === 'ipv4' ? 1 : WORDS;
    return {
      root,
      cells: this.#cells.slice(0, this.#firstCodes.length * BLOCK_CELLS),
      firstCodes: Int32Array.from(this.#firstCodes),
      codes: Int32Array.from(this.#codes),
      starts: Int32Array.from({ length: words * length }, (_, index) =>
        signed(starts[words === WORDS ? index : WORDS * index] ?? 0),
      ),
      values: values.slice(0, length),
    };
  }

  /** The code of a block, below which everything is made. */
  #block(node: Node): number {
    const block = this.#firstCodes.push(0) - 1;
    this.#makeRoom(block);
    const codes: number[] = [];
    this.#split(node, OCTET_BITS, (part, child) => {
      const isOne = child.end - child.first === 1;
      const cell = isOne
        ? (this.#ranges.values[child.first] ?? 0)
        : FIRST_BLOCK + codes.push(this.#code(child)) - 1;
      // Not before: what is below may have made the array another.
      this.#cells[block * BLOCK_CELLS + part] = cell;
    });
    this.#firstCodes[block] = this.#codes.length;
    this.#codes.push(...codes);
    return FIRST_BLOCK + block;
  }

  #code(node: Node): number {
    const count = node.end - node.first;
    return count <= this.#searched || !this.isWithinBounds
      ? searchCode(node.first, Math.min(count, MOST_SEARCHED))
      : this.#block(node);
  }

  /** Gives each value of the next bits its ranges. */
  #split({ first, end, bit }: Node, width: number, take: (part: number, node: Node) => void): void {
    let from = first;
    for (let part = 0; part < 1 << width; part++) {
      while (from + 1 < end && this.#beginsUpTo(from + 1, part, bit, width)) {
        from++;
      }
      let to = from + 1;
      while (to < end && this.#partOf(to, bit, width) === part) {
        to++;
      }
      take(part, { first: from, end: to, bit: bit + width });
      from = to - 1;
    }
  }

  #makeRoom(block: number): void {
    if (this.#cells.length === block * BLOCK_CELLS) {
      const grown = new Uint16Array(2 * this.#cells.length);
      grown.set(this.#cells);
      this.#cells = grown;
    }
  }

  /** The bits of a range's start from `bit` on. */
  #partOf(range: number, bit: number, width: number): number {
    const word = this.#ranges.starts[WORDS * range + (bit >>> 5)] ?? 0;
    return (word >>> (32 - (bit & 31) - width)) & ((1 << width) - 1);
  }

  /** Whether a range begins no later than the first address of a part. */
  #beginsUpTo(range: number, part: number, bit: number, width: number): boolean {
    const own = this.#partOf(range, bit, width);
    return own < part || (own === part && this.#isZeroFrom(range, bit + width));
  }

  #isZeroFrom(range: number, bit: number): boolean {
    const { starts } = this.#ranges;
    for (let word = bit >>> 5; word < WORDS; word++) {
      const ownBits = word === bit >>> 5 ? 0xffff_ffff >>> (bit & 31) : 0xffff_ffff;
      if (((starts[WORDS * range + word] ?? 0) & ownBits) !== 0) {
        return false;
      }
    }
    return true;
  }
}
