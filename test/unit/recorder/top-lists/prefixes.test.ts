// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { isIPv4 } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatAddressKey } from '../../../../src/recorder/top-lists/address.ts';
import { addressBytes, addressesOf, burst, createTopSources, rankAt, send } from './packets.ts';

fc.configureGlobal({ seed: 1 });

/** The address with all but the first bits of its prefix zero, as a source. */
function cut(address: string, prefixes: { prefixV4: number; prefixV6: number }) {
  const bytes = addressBytes(address);
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const bits = family === 'ipv4' ? prefixes.prefixV4 : prefixes.prefixV6;
  for (let bit = bits; bit < 128; bit++) {
    bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) & ~(0x80 >>> (bit & 7));
  }
  return formatAddressKey(bytes, family, prefixes);
}

describe('TopSources by prefixes', () => {
  it('cuts addresses to any length', () => {
    const lengths = fc.record({
      prefixV4: fc.integer({ min: 0, max: 32 }),
      prefixV6: fc.integer({ min: 0, max: 128 }),
    });
    const ipv6 = fc.ipV6().filter((text) => !text.includes('.'));
    fc.assert(
      fc.property(lengths, fc.ipV4(), ipv6, (prefixes, v4, v6) => {
        const top = createTopSources({ ...prefixes, tableSize: 64 });
        send(top, [burst(v4, 2), burst(v6, 1)]);
        rankAt(top, 0);
        assert.deepEqual(addressesOf(top), [cut(v4, prefixes), cut(v6, prefixes)]);
      }),
    );
  });

  it('adds up the sources of a prefix', () => {
    const top = createTopSources({ prefixV4: 24, prefixV6: 48 });
    const packets = [
      burst('192.0.2.1', 1),
      burst('192.0.2.200', 2),
      burst('192.0.3.1', 10),
      burst('2001:db8:1::1', 100),
      burst('2001:db8:1:ffff::2', 200),
    ];
    send(top, packets);
    rankAt(top, 0);
    send(top, packets);
    const counts = top.sources(0).series.map(({ key, packets: count }) => [key, count]);
    assert.deepEqual(Object.fromEntries(counts), {
      '192.0.2.0/24': 3,
      '192.0.3.0/24': 10,
      '2001:db8:1::/48': 300,
    });
  });

  it('has one source for each family where the prefixes are empty', () => {
    const top = createTopSources({ prefixV4: 0, prefixV6: 0 });
    const hosts = ['192.0.2.1', '10.0.0.1', '2001:db8::1', 'fe80::1', 'fe80::2'];
    send(
      top,
      hosts.map((source) => burst(source, 1)),
    );
    rankAt(top, 0);
    assert.deepEqual(addressesOf(top), ['::/0', '0.0.0.0/0']);
  });
});
