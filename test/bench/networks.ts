// SPDX-License-Identifier: Apache-2.0
// What it costs to look up the network of an address, of a few networks and of a list as long as the internet's.
import type { NetworkTables } from '../../src/recorder/networks/networks.ts';
import { PrefixList } from '../../src/recorder/networks/prefix-list.ts';
import { findIpv4, findIpv6, type PrefixTable } from '../../src/recorder/networks/prefix-table.ts';
import { rangesOf } from '../../src/recorder/networks/ranges.ts';
import { buildTable } from '../../src/recorder/networks/table-builder.ts';
import { minimum, type Result } from './result.ts';

const ADDRESSES = 65_536;
const ROUNDS = 60;
const MIB = 1024 * 1024;
/** As announced in the internet: most prefixes are the longest that routers take. */
const LENGTHS = {
  ipv4: [24, 24, 24, 24, 24, 24, 22, 23, 20, 16],
  ipv6: [48, 48, 48, 48, 44, 40, 36, 32, 32, 29],
};

/** Each name has so many prefixes of each family, all over their addresses. */
export function createManyNetworks(names: number, prefixes: number): NetworkTables {
  return {
    names: Array.from({ length: names }, (_, index) => `AS${64_496 + index}`),
    ipv4: buildTable(...rangesAtRandom(names, prefixes, 'ipv4')),
    ipv6: buildTable(...rangesAtRandom(names, prefixes, 'ipv6')),
  };
}

function rangesAtRandom(
  names: number,
  prefixes: number,
  family: keyof typeof LENGTHS,
): Parameters<typeof buildTable> {
  const list = new PrefixList();
  const taken = new Set<string>();
  while (list.length < names * prefixes) {
    const bits = LENGTHS[family][list.length % LENGTHS[family].length] ?? 24;
    const bytes = randomAddress(family).map(
      (byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * index))),
    );
    const key = `${bytes.join('.')}/${bits}`;
    if (!taken.has(key)) {
      taken.add(key);
      list.add(bytes, bits, 1 + (list.length % names), list.length + 1);
    }
  }
  return [rangesOf(list, list.sorted()), family];
}

/** IPv6 as it is given out: 2400::/6, and in each /16 of it the lower half. */
function randomAddress(family: keyof typeof LENGTHS): Uint8Array {
  const bytes = new Uint8Array(16);
  const size = family === 'ipv4' ? 4 : 16;
  for (let index = 0; index < size; index++) {
    bytes[index] = 256 * Math.random();
  }
  if (family === 'ipv6') {
    bytes[0] = 0x24 | ((bytes[0] ?? 0) & 3);
    bytes[2] = (bytes[2] ?? 0) >>> 5;
  }
  return bytes;
}

/** Random addresses, none of which the table of sources has. */
export function benchLookups(): Result[] {
  return [
    { name: '12 networks', tables: createManyNetworks(12, 1), gates: { ipv4: 15, ipv6: 15 } },
    { name: '256,000 prefixes', tables: createManyNetworks(256, 1_000), gates: { ipv4: 15 } },
  ].flatMap(({ name, tables, gates }) =>
    (['ipv4', 'ipv6'] as const).flatMap((family): Result[] => {
      const gate: number | undefined = (gates as Partial<Record<string, number>>)[family];
      return [
        {
          name: `network of a source not in the table, ${name}, ${family}`,
          unit: 'ns/lookup',
          value: lookupTimeNs(tables[family], family),
          ...(gate === undefined ? {} : { gate, aim: 10 }),
        },
        {
          name: `table of networks, ${name}, ${family}`,
          unit: 'MiB',
          value: sizeBytes(tables[family]) / MIB,
        },
      ];
    }),
  );
}

function sizeBytes(table: PrefixTable): number {
  return Object.values<{ readonly byteLength: number }>({ ...table }).reduce(
    (sum, { byteLength }) => sum + byteLength,
    0,
  );
}

function lookupTimeNs(table: PrefixTable, family: keyof typeof LENGTHS): number {
  const words = new Int32Array(4 * ADDRESSES);
  const octets = new Uint8Array(words.buffer);
  for (let address = 0; address < ADDRESSES; address++) {
    octets.set(randomAddress(family), 16 * address);
  }
  const look = family === 'ipv4' ? lookUpIpv4 : lookUpIpv6;
  const times = Array.from({ length: ROUNDS }, () => {
    const start = process.hrtime.bigint();
    look(table, words);
    return Number(process.hrtime.bigint() - start) / ADDRESSES;
  });
  return minimum(times);
}

/** What it returns is of no use, but that it is returned keeps the loop. */
function lookUpIpv4(table: PrefixTable, words: Int32Array): number {
  let sum = 0;
  for (let at = 0; at < words.length; at += 4) {
    sum += findIpv4(table, words[at] as number);
  }
  return sum;
}

function lookUpIpv6(table: PrefixTable, words: Int32Array): number {
  let sum = 0;
  for (let at = 0; at < words.length; at += 4) {
    sum += findIpv6(
      table,
      words[at] as number,
      words[at + 1] as number,
      words[at + 2] as number,
      words[at + 3] as number,
    );
  }
  return sum;
}
