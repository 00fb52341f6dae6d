// SPDX-License-Identifier: Apache-2.0
// Tables of networks from prefixes as people write them, and what a simple search says of an address.
import { parseCidr } from '../../../../src/engine/networks/cidr.ts';
import type { NetworkTables } from '../../../../src/recorder/networks/networks.ts';
import { PrefixList } from '../../../../src/recorder/networks/prefix-list.ts';
import {
  findIpv4,
  findIpv6,
  type PrefixTable,
} from '../../../../src/recorder/networks/prefix-table.ts';
import { rangesOf } from '../../../../src/recorder/networks/ranges.ts';
import { buildTable } from '../../../../src/recorder/networks/table-builder.ts';
import type { AddressFamily } from '../../../../src/snapshot/address.ts';

/** A prefix of a model: the address in network order, 4 or 16 bytes. */
export interface ModelPrefix {
  readonly bytes: Uint8Array;
  readonly bits: number;
  readonly network: number;
}

export function padded(bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(16);
  all.set(bytes);
  return all;
}

export function tableOf(prefixes: readonly ModelPrefix[], family: AddressFamily): PrefixTable {
  const list = new PrefixList();
  for (const [index, { bytes, bits, network }] of prefixes.entries()) {
    list.add(padded(bytes), bits, network, index + 1);
  }
  return buildTable(rangesOf(list, list.sorted()), family);
}

/** By the table, given the bytes of an address. */
export function lookUp(table: PrefixTable, bytes: Uint8Array): number {
  const words = new Int32Array(padded(bytes).buffer);
  const [a = 0, b = 0, c = 0, d = 0] = words;
  return bytes.length === 4 ? findIpv4(table, a) : findIpv6(table, a, b, c, d);
}

function bitOf(bytes: Uint8Array, bit: number): number {
  return ((bytes[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1;
}

function has({ bytes, bits }: ModelPrefix, address: Uint8Array): boolean {
  for (let bit = 0; bit < bits; bit++) {
    if (bitOf(bytes, bit) !== bitOf(address, bit)) {
      return false;
    }
  }
  return true;
}

/** The network of the longest prefix that has the address, by looking at every one. */
export function searchNaively(prefixes: readonly ModelPrefix[], address: Uint8Array): number {
  let longest = { bits: -1, network: 0 };
  for (const prefix of prefixes) {
    if (prefix.bits > longest.bits && has(prefix, address)) {
      longest = prefix;
    }
  }
  return longest.network;
}

/** @param networks by name, each prefix as it is written in a file */
export function networkTables(
  networks: Readonly<Record<string, readonly string[]>>,
): NetworkTables {
  const prefixes = Object.values(networks).flatMap((texts, index) =>
    texts.map((text) => ({ ...parseCidr(text), network: index + 1 })),
  );
  const of = (family: AddressFamily) =>
    tableOf(
      prefixes.filter((prefix) => prefix.family === family),
      family,
    );
  return { names: Object.keys(networks), ipv4: of('ipv4'), ipv6: of('ipv6') };
}
