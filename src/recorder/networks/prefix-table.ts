// SPDX-License-Identifier: Apache-2.0
// Which network has an address: the longest of its prefixes that any network has. In typed arrays, never changed.

/**
 * One family's prefixes, as ranges of addresses that do not overlap. `root` has a code for the first 16 bits of an
 * address. A code is
 *
 * - from 0: the network itself,
 * - from `FIRST_BLOCK`: a block of 256 cells for the next 8 bits,
 * - negative, never in `root`: some ranges to search, see `searchCode`.
 *
 * A cell is a network, or from `FIRST_BLOCK` on one of the codes that its block has among `codes`. So IPv4 addresses of
 * prefixes up to 24 bits, nearly all there are, take two loads and no search.
 */
export interface PrefixTable {
  /** By the first 16 bits as a word of a record has them: the second octet is the higher one. */
  readonly root: Int32Array;
  readonly cells: Uint16Array;
  /** By block: where its codes begin. */
  readonly firstCodes: Int32Array;
  readonly codes: Int32Array;
  /** Where ranges begin, ascending: one word of an IPv4 address, four of an IPv6 one; see `orderedWord`. */
  readonly starts: Int32Array;
  /** By range: its network, or `NO_NETWORK`. */
  readonly values: Uint16Array;
}

/** What no prefix has. */
export const NO_NETWORK = 0;

export const FIRST_BLOCK = 512;
/** Ranges that a code can lead to. */
export const MOST_SEARCHED = 255;
const COUNT_SHIFT = 23;
const RANGE_BITS = (1 << COUNT_SHIFT) - 1;
// Not the exported one: V8 takes constants of the own module that are not exported as such, and loads others each time.
const BLOCK = FIRST_BLOCK;
const COUNT_BITS = MOST_SEARCHED;
const ROOT_CODES = 1 << 16;

/** @param count 1 to `MOST_SEARCHED`, of ranges from `first` on, one of which has the address */
export function searchCode(first: number, count: number): number {
  return (-1 << 31) | (count << COUNT_SHIFT) | first;
}

/** @param word of the address as it is in a record */
export function findIpv4(table: PrefixTable, word: number): number {
  const code = table.root[word & 0xffff] as number;
  if (code < BLOCK) {
    return code;
  }
  const cell = table.cells[((code - BLOCK) << 8) | ((word >>> 16) & 0xff)] as number;
  return cell < BLOCK ? cell : findDeepIpv4(table, codeOf(table, code, cell), word);
}

function findDeepIpv4(table: PrefixTable, code: number, word: number): number {
  if (code < 0) {
    return table.values[searchIpv4(table.starts, code, word)] as number;
  }
  return table.cells[((code - BLOCK) << 8) | (word >>> 24)] as number;
}

/** @param a the first of the four words of the address as they are in a record */
export function findIpv6(table: PrefixTable, a: number, b: number, c: number, d: number): number {
  const first = table.root[a & 0xffff] as number;
  if (first < BLOCK) {
    return first;
  }
  let cell = table.cells[((first - BLOCK) << 8) | ((a >>> 16) & 0xff)] as number;
  if (cell < BLOCK) {
    return cell;
  }
  let code = codeOf(table, first, cell);
  for (let octet = 3; code >= BLOCK; octet++) {
    cell = table.cells[indexOf(code, octet, a, b, c, d)] as number;
    if (cell < BLOCK) {
      return cell;
    }
    code = codeOf(table, code, cell);
  }
  return table.values[searchIpv6(table.starts, code, a, b, c, d)] as number;
}

/** Where the table has the network of an address: alike for two addresses only where all in between have that network. */
export function leafOf(
  table: PrefixTable,
  isIpv6: boolean,
  [a = 0, b = 0, c = 0, d = 0]: readonly number[],
): number {
  let code = table.root[a & 0xffff] as number;
  if (code < BLOCK) {
    return a & 0xffff;
  }
  for (let octet = 2; code >= BLOCK; octet++) {
    const index = indexOf(code, octet, a, b, c, d);
    const cell = table.cells[index] as number;
    if (cell < BLOCK) {
      return ROOT_CODES + index;
    }
    code = codeOf(table, code, cell);
  }
  const { starts } = table;
  return -1 - (isIpv6 ? searchIpv6(starts, code, a, b, c, d) : searchIpv4(starts, code, a));
}

/** What a cell of a block that is no network leads to. */
function codeOf({ firstCodes, codes }: PrefixTable, block: number, cell: number): number {
  return codes[(firstCodes[block - BLOCK] as number) + cell - BLOCK] as number;
}

/** In `cells`: that of the next octet. */
function indexOf(block: number, octet: number, a: number, b: number, c: number, d: number): number {
  const word = octet < 8 ? wordOf(octet < 4, a, b) : wordOf(octet < 12, c, d);
  return ((block - BLOCK) << 8) | ((word >>> ((octet & 3) << 3)) & 0xff);
}

function wordOf(isFirst: boolean, first: number, second: number): number {
  return isFirst ? first : second;
}

/** A word of an address, so that signed numbers are in the order of addresses: octets turned round, first bit flipped. */
function orderedWord(word: number): number {
  return (
    ((word & 0xff) << 24) ^
    ((word & 0xff00) << 8) ^
    ((word >>> 8) & 0xff00) ^
    (word >>> 24) ^
    (1 << 31)
  );
}

function searchIpv4(starts: Int32Array, code: number, word: number): number {
  const key = orderedWord(word);
  let low = code & RANGE_BITS;
  let count = (code >>> COUNT_SHIFT) & COUNT_BITS;
  while (count > 1) {
    const half = count >>> 1;
    low += (starts[low + half] as number) <= key ? half : 0;
    count -= half;
  }
  return low;
}

function searchIpv6(
  starts: Int32Array,
  code: number,
  a: number,
  b: number,
  c: number,
  d: number,
): number {
  const keyA = orderedWord(a);
  const keyB = orderedWord(b);
  let low = code & RANGE_BITS;
  let count = (code >>> COUNT_SHIFT) & COUNT_BITS;
  while (count > 1) {
    const half = count >>> 1;
    const at = 4 * (low + half);
    const startA = starts[at] as number;
    const startB = starts[at + 1] as number;
    const isUpTo =
      startA === keyA && startB === keyB
        ? isEndUpTo(starts, at, c, d)
        : startA < keyA || (startA === keyA && startB < keyB);
    low += isUpTo ? half : 0;
    count -= half;
  }
  return low;
}

/** Whether the second half of a start is not behind that of an address. */
function isEndUpTo(starts: Int32Array, at: number, c: number, d: number): boolean {
  const startC = starts[at + 2] as number;
  const keyC = orderedWord(c);
  return startC < keyC || (startC === keyC && (starts[at + 3] as number) <= orderedWord(d));
}
