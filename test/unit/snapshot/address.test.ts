// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatAddress, formatIpv6 } from '../../../src/snapshot/address.ts';

function bytesOf(groups: readonly number[]): Uint8Array {
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]));
}

/** All eight groups of four digits. */
function inFull(bytes: Uint8Array): string {
  return (Buffer.from(bytes).toString('hex').match(/..../g) ?? []).join(':');
}

/** Zeroes are common, so that runs of every length occur. */
const anyBytes = fc
  .array(fc.oneof(fc.constant(0), fc.nat(0xff), fc.nat(0xffff)), { minLength: 8, maxLength: 8 })
  .map(bytesOf);

describe('formatIpv6', () => {
  const examples: Readonly<Record<string, string>> = {
    '0000:0000:0000:0000:0000:0000:0000:0000': '::',
    '0000:0000:0000:0000:0000:0000:0000:0001': '::1',
    '0001:0000:0000:0000:0000:0000:0000:0000': '1::',
    '2001:0db8:0000:0000:0000:0000:0000:0001': '2001:db8::1',
    // RFC 5952, 4.2.2: a single group of zero stays.
    '2001:0db8:0000:0001:0001:0001:0001:0001': '2001:db8:0:1:1:1:1:1',
    '0000:0001:0001:0001:0001:0001:0001:0000': '0:1:1:1:1:1:1:0',
    // 4.2.3: the longest run, and of equals the first.
    '2001:0000:0000:0001:0000:0000:0000:0001': '2001:0:0:1::1',
    '2001:0db8:0000:0000:0001:0000:0000:0001': '2001:db8::1:0:0:1',
    '0000:0000:0001:0001:0001:0000:0000:0000': '0:0:1:1:1::',
    '0000:0000:0001:0001:0001:0001:0000:0000': '::1:1:1:1:0:0',
    // 4.3: in lower case.
    'ABCD:EF01:2345:6789:ABCD:EF01:2345:6789': 'abcd:ef01:2345:6789:abcd:ef01:2345:6789',
    'fe80:0000:0000:0000:0200:5eff:fe00:5213': 'fe80::200:5eff:fe00:5213',
  };
  for (const [full, text] of Object.entries(examples)) {
    it(`writes ${full} as ${text}`, () => {
      assert.equal(formatIpv6(Buffer.from(full.replaceAll(':', ''), 'hex')), text);
    });
  }

  it('writes every address as the URL standard does', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const text = formatIpv6(bytes);
        assert.ok(isIPv6(text), text);
        assert.equal(`[${text}]`, new URL(`http://[${inFull(bytes)}]/`).hostname);
      }),
      { numRuns: 2000 },
    );
  });

  it('reads the bytes that it was given, and none beside them', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(8), (bytes, start) => {
        const larger = new Uint8Array(32).fill(0xff);
        larger.set(bytes, start);
        assert.equal(formatIpv6(larger.subarray(start, start + 16)), formatIpv6(bytes));
      }),
    );
  });
});

describe('formatAddress', () => {
  const bytes = Buffer.from('c0000207000000000000000000000000', 'hex');

  it('writes an IPv4 address with dots', () => {
    assert.equal(formatAddress(bytes, 'ipv4'), '192.0.2.7');
    assert.equal(formatAddress(Buffer.alloc(16), 'ipv4'), '0.0.0.0');
    assert.equal(formatAddress(Buffer.alloc(16, 0xff), 'ipv4'), '255.255.255.255');
  });

  it('writes every IPv4 address so that it can be read again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (address) => {
        const text = formatAddress(address, 'ipv4');
        assert.ok(isIPv4(text), text);
        assert.deepEqual(text.split('.').map(Number), [...address.subarray(0, 4)]);
      }),
    );
  });

  it('does not take an IPv6 address for the IPv4 address that it looks like', () => {
    assert.equal(formatAddress(bytes, 'ipv6'), 'c000:207::');
    const mapped = Buffer.from('00000000000000000000ffffc0000207', 'hex');
    assert.equal(formatAddress(mapped, 'ipv6'), '::ffff:c000:207');
  });

  it('writes an IPv6 address as formatIpv6 does', () => {
    fc.assert(
      fc.property(anyBytes, (address) => {
        assert.equal(formatAddress(address, 'ipv6'), formatIpv6(address));
      }),
    );
  });
});
