// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseIpv4, parseIpv6 } from '../../../../src/generator/address.ts';
import type { AddressFamily } from '../../../../src/snapshot/address.ts';
import { lookUp, type ModelPrefix, networkTables, searchNaively, tableOf } from './tables.ts';

const BYTES = { ipv4: 4, ipv6: 16 } as const;

/** Octets that often are alike, and often at the end of what is counted: many prefixes lie within one another. */
const octet = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, 1, 127, 128, 254, 255) },
  { weight: 1, arbitrary: fc.nat(255) },
);

function masked(bytes: Uint8Array, bits: number): Uint8Array {
  return bytes.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * index))));
}

function prefixOf(family: AddressFamily): fc.Arbitrary<ModelPrefix> {
  const size = BYTES[family];
  return fc
    .record({
      octets: fc.array(octet, { minLength: size, maxLength: size }),
      bits: fc.nat(8 * size),
      network: fc.integer({ min: 1, max: 256 }),
    })
    .map(({ octets, bits, network }) => {
      return { bytes: masked(Uint8Array.from(octets), bits), bits, network };
    });
}

/** No prefix twice. */
function prefixesOf(family: AddressFamily): fc.Arbitrary<readonly ModelPrefix[]> {
  return fc.uniqueArray(prefixOf(family), {
    maxLength: 60,
    selector: ({ bytes, bits }) => `${bytes.join('.')}/${bits}`,
  });
}

/** The first and last address of each prefix, and those beside it. */
function edgesOf(prefixes: readonly ModelPrefix[]): Uint8Array[] {
  return prefixes.flatMap(({ bytes, bits }) => {
    const first = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
    const size = 8 * bytes.length;
    const last = first + (1n << BigInt(size - bits)) - 1n;
    return [first - 1n, first, last, last + 1n].map((address) => {
      const hex = BigInt.asUintN(size, address)
        .toString(16)
        .padStart(size / 4, '0');
      return Uint8Array.from(Buffer.from(hex, 'hex'));
    });
  });
}

describe('a table of prefixes', () => {
  for (const family of ['ipv4', 'ipv6'] as const) {
    it(`finds what a search of every prefix finds, ${family}`, () => {
      const addresses = fc.array(
        fc.uint8Array({ minLength: BYTES[family], maxLength: BYTES[family] }),
      );
      fc.assert(
        fc.property(prefixesOf(family), addresses, (prefixes, others) => {
          const table = tableOf(prefixes, family);
          for (const address of [...edgesOf(prefixes), ...others]) {
            assert.equal(lookUp(table, address), searchNaively(prefixes, address));
          }
        }),
        { numRuns: 200 },
      );
    });
  }

  it('has blocks where many ranges are close to one another, at every depth', () => {
    for (const [family, start] of [
      ['ipv4', '10.1.2.0'],
      ['ipv6', '2001:db8::'],
    ] as const) {
      const bytes = family === 'ipv4' ? parseIpv4(start) : parseIpv6(start);
      const prefixes = Array.from({ length: 256 }, (_, index) => {
        const own = Uint8Array.from(bytes);
        own[own.length - 1] = index;
        return { bytes: own, bits: 8 * own.length, network: 1 + (index % 3) };
      });
      const table = tableOf(prefixes, family);
      assert.ok(table.cells.length >= 512, `${table.cells.length}`);
      for (const address of edgesOf(prefixes)) {
        assert.equal(lookUp(table, address), searchNaively(prefixes, address));
      }
    }
  });

  it('makes one range of neighbours of one network, and none of what it has already', () => {
    const { ipv4, ipv6 } = networkTables({
      one: ['10.0.0.0/9', '10.128.0.0/9', '10.1.0.0/16', '2001:db8::/33', '2001:db8:8000::/33'],
    });
    assert.deepEqual([...ipv4.values], [0, 1, 0]);
    assert.deepEqual([...ipv6.values], [0, 1, 0]);
  });

  it('takes all addresses, and a single one', () => {
    const { ipv4, ipv6 } = networkTables({
      all: ['0.0.0.0/0', '::/0'],
      last: ['255.255.255.255', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128'],
      first: ['0.0.0.0/32', '::'],
    });
    const of = (octet: number, size: number) => new Uint8Array(size).fill(octet);
    for (const [table, size] of [
      [ipv4, 4],
      [ipv6, 16],
    ] as const) {
      assert.deepEqual(
        [0, 1, 254, 255].map((each) => lookUp(table, of(each, size))),
        [3, 1, 1, 2],
      );
    }
  });

  it('is empty without a prefix', () => {
    const { ipv4, ipv6 } = networkTables({ none: [] });
    assert.equal(lookUp(ipv4, Uint8Array.of(192, 0, 2, 1)), 0);
    assert.equal(lookUp(ipv6, new Uint8Array(16).fill(0x20)), 0);
    assert.deepEqual([ipv4.cells.length, ipv4.values.length], [0, 1]);
  });
});
