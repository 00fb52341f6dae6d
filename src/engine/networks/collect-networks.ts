// SPDX-License-Identifier: Apache-2.0
// Names and prefixes of a file, one after the other, judged, and made into tables.
import { ConfigError, errorMessage } from '../../errors.ts';
import { MAX_NAMES } from '../../recorder/networks/network-names.ts';
import type { NetworkTables } from '../../recorder/networks/networks.ts';
import { ADDRESS_WORDS, PrefixList } from '../../recorder/networks/prefix-list.ts';
import { rangesOf } from '../../recorder/networks/ranges.ts';
import { buildTable } from '../../recorder/networks/table-builder.ts';
import { type AddressFamily, formatAddress } from '../../snapshot/address.ts';
import { parseCidr } from './cidr.ts';

/** Of both families: their tables take some tens of MiB. */
const MAX_PREFIXES = 524_288;
const MAX_NAME_LENGTH = 64;
/** What is shown of a text in an error. */
const MAX_SHOWN = 64;
/** What the frames of no network are called. */
const RESERVED_NAME = 'other';

/** Letters, digits, punctuation and symbols of any script, and spaces between them. */
const SANE_NAME = /^[\p{L}\p{M}\p{N}\p{P}\p{S}]+(?: +[\p{L}\p{M}\p{N}\p{P}\p{S}]+)*$/u;

/** Takes what a file has in the order in which it has it. Each method throws a ConfigError that names the line. */
export class NetworkCollection {
  readonly #path: string;
  readonly #names = new Map<string, number>();
  readonly #prefixes: Readonly<Record<AddressFamily, PrefixList>> = {
    ipv4: new PrefixList(),
    ipv6: new PrefixList(),
  };
  #isEmptyName = false;
  #lastName = '';

  constructor(path: string) {
    this.#path = path;
  }

  get prefixCount(): number {
    return this.#prefixes.ipv4.length + this.#prefixes.ipv6.length;
  }

  /** The prefixes that come next are of this name. */
  addName(name: string, line: number): void {
    this.#requirePrefixes();
    const earlier = this.#names.get(name);
    if (earlier !== undefined) {
      throw this.fault(
        line,
        name,
        `the name is already used on line ${earlier}; write a single list`,
      );
    }
    const problem = problemOf(name);
    if (problem !== undefined) {
      throw this.fault(line, name, problem);
    }
    if (this.#names.size === MAX_NAMES) {
      throw this.fault(line, name, `more than ${MAX_NAMES} names; leave the least important out`);
    }
    this.#names.set(name, line);
    this.#lastName = name;
    this.#isEmptyName = true;
  }

  addPrefix(text: string, line: number): void {
    if (this.prefixCount === MAX_PREFIXES) {
      const remedy = 'remove those that a shorter prefix of the same name contains';
      throw this.fault(line, text, `more than ${MAX_PREFIXES} prefixes; ${remedy}`);
    }
    try {
      const { family, bytes, bits } = parseCidr(text);
      this.#prefixes[family].add(bytes, bits, this.#names.size, line);
    } catch (error) {
      throw this.fault(line, text, errorMessage(error), error);
    }
    this.#isEmptyName = false;
  }

  /** All that was added. */
  tables(): NetworkTables {
    this.#requirePrefixes();
    if (this.#names.size === 0) {
      throw new ConfigError(
        `read ${this.#path}: no network; write lines such as "office: [192.0.2.0/24]"`,
      );
    }
    return {
      names: [...this.#names.keys()],
      ipv4: this.#table('ipv4'),
      ipv6: this.#table('ipv6'),
    };
  }

  /** The error of a text in a line. */
  fault(line: number, text: string, problem: string, cause?: unknown): ConfigError {
    const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
    return new ConfigError(`read ${this.#path}:${line} "${shown}": ${problem}`, { cause });
  }

  #requirePrefixes(): void {
    if (this.#isEmptyName) {
      const line = this.#names.get(this.#lastName) ?? 0;
      throw this.fault(line, this.#lastName, 'no prefix; list at least one or remove the name');
    }
  }

  #table(family: AddressFamily) {
    const list = this.#prefixes[family];
    const order = list.sorted();
    this.#requireOnce(list, order, family);
    return buildTable(rangesOf(list, order), family);
  }

  /** Which name has a prefix must not go by the order of lines. */
  #requireOnce(list: PrefixList, order: Uint32Array, family: AddressFamily): void {
    const { bits, lines, networks } = list;
    for (let index = 1; index < order.length; index++) {
      const pair = [order[index - 1] ?? 0, order[index] ?? 0] as const;
      if (isSame(list, ...pair)) {
        const [first, second] =
          (lines[pair[0]] ?? 0) <= (lines[pair[1]] ?? 0) ? pair : [pair[1], pair[0]];
        const owner = [...this.#names.keys()][(networks[first] ?? 1) - 1];
        throw this.fault(
          lines[second] ?? 0,
          `${formatAddress(bytesOf(list, second), family)}/${bits[second]}`,
          `it is already on line ${lines[first]}, in "${owner}"; remove one of them`,
        );
      }
    }
  }
}

function problemOf(name: string): string | undefined {
  if (name === RESERVED_NAME) {
    return 'this name is reserved for all other frames; choose another';
  }
  if (name.length > MAX_NAME_LENGTH) {
    return `${name.length} characters long; the limit is ${MAX_NAME_LENGTH}`;
  }
  return SANE_NAME.test(name)
    ? undefined
    : 'not a name; write letters, digits and signs, with spaces only between them';
}

function isSame({ words, bits }: PrefixList, one: number, other: number): boolean {
  const isAlike = (_: unknown, word: number) =>
    words[ADDRESS_WORDS * one + word] === words[ADDRESS_WORDS * other + word];
  return bits[one] === bits[other] && Array.from({ length: ADDRESS_WORDS }).every(isAlike);
}

function bytesOf({ words }: PrefixList, prefix: number): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(4 * ADDRESS_WORDS));
  for (let word = 0; word < ADDRESS_WORDS; word++) {
    bytes.setUint32(4 * word, words[ADDRESS_WORDS * prefix + word] ?? 0);
  }
  return new Uint8Array(bytes.buffer);
}
