// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseIpv6 } from '../../../../src/generator/address.ts';
import { addressMask, formatAddressKey } from '../../../../src/recorder/top-lists/address.ts';
import { addressBytes } from './packets.ts';

fc.configureGlobal({ seed: 1 });

const WHOLE = { prefixV4: 32, prefixV6: 128 };

/** Sixteen bytes with many zeros, so that runs of zero groups of all lengths and places come up. */
const ipv6Bytes = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Buffer.from(groups.flatMap((group) => [group >>> 8, group & 0xff])));

function expand(bytes: Buffer): string {
  return Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(2 * index).toString(16)).join(
    ':',
  );
}

describe('formatAddressKey', () => {
  it('writes IPv6 addresses as URLs have them', () => {
    fc.assert(
      fc.property(ipv6Bytes, (bytes) => {
        const text = formatAddressKey(bytes, 'ipv6', WHOLE);
        assert.equal(`[${text}]`, new URL(`http://[${expand(bytes)}]/`).hostname);
        assert.ok(isIPv6(text));
        assert.deepEqual(parseIpv6(text), bytes);
      }),
      { numRuns: 1000 },
    );
  });

  it('writes IPv4 addresses as dotted quads', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        assert.ok(isIPv4(address));
        assert.equal(formatAddressKey(addressBytes(address), 'ipv4', WHOLE), address);
      }),
    );
  });

  it('knows the examples of RFC 5952', () => {
    const examples = {
      '2001:db8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
      '2001:db8:0:1:1:1:1:1': '2001:db8:0:1:1:1:1:1',
      '2001:0:0:1:0:0:0:1': '2001:0:0:1::1',
      '2001:DB8::1': '2001:db8::1',
      '0:0:0:0:0:0:0:0': '::',
      '0:0:0:0:0:0:0:1': '::1',
      '1:0:0:0:0:0:0:0': '1::',
    };
    for (const [address, canonical] of Object.entries(examples)) {
      assert.equal(formatAddressKey(parseIpv6(address), 'ipv6', WHOLE), canonical);
    }
  });

  it('shows the length of a prefix, unless it is a whole address', () => {
    const prefixes = { prefixV4: 24, prefixV6: 48 };
    assert.equal(formatAddressKey(addressBytes('192.0.2.0'), 'ipv4', prefixes), '192.0.2.0/24');
    assert.equal(formatAddressKey(addressBytes('2001:db8::'), 'ipv6', prefixes), '2001:db8::/48');
    const none = { prefixV4: 0, prefixV6: 0 };
    assert.equal(formatAddressKey(addressBytes('0.0.0.0'), 'ipv4', none), '0.0.0.0/0');
    assert.equal(formatAddressKey(addressBytes('::'), 'ipv6', none), '::/0');
  });
});

describe('addressMask', () => {
  it('keeps as many leading bits as asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 128 }), (bits) => {
        const bytes = new Uint8Array(addressMask(bits).buffer);
        const text = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
        assert.equal(text, '1'.repeat(bits).padEnd(128, '0'));
      }),
    );
  });
});
