// SPDX-License-Identifier: Apache-2.0
// Source addresses: the bits that make a source, and its text.
import { formatAddress } from '../../snapshot/address.ts';

/** How many leading bits of an address make a source. */
export interface PrefixLengths {
  /** 0 to 32 */
  readonly prefixV4: number;
  /** 0 to 128 */
  readonly prefixV6: number;
}

const ADDRESS_BYTES = 16;
/** Before the IPv4 address in ::ffff:a.b.c.d. */
const MAPPED_BITS = 96;

/** The first `bits` bits of an IPv6 address set: four words as they are in memory. */
export function ipv6Mask(bits: number): Int32Array {
  const bytes = Uint8Array.from({ length: ADDRESS_BYTES }, (_, index) => {
    const kept = Math.min(8, Math.max(0, bits - 8 * index));
    return 0xff << (8 - kept);
  });
  return new Int32Array(bytes.buffer);
}

/** The first `bits` bits of an IPv4 address set: the last word of ::ffff:a.b.c.d. */
export function ipv4Mask(bits: number): number {
  return ipv6Mask(MAPPED_BITS + bits)[3] ?? 0;
}

/**
 * "192.0.2.1", "2001:db8::1", or with a prefix that is shorter than an address "192.0.2.0/24".
 * @param bytes 16 in network order, masked; IPv4 as ::ffff:a.b.c.d
 */
export function formatSource(bytes: Uint8Array, { prefixV4, prefixV6 }: PrefixLengths): string {
  return isMapped(bytes)
    ? formatAddress(bytes, 'ipv4') + formatPrefix(prefixV4, 32)
    : formatAddress(bytes, 'ipv6') + formatPrefix(prefixV6, 128);
}

function isMapped(bytes: Uint8Array): boolean {
  return bytes
    .subarray(0, MAPPED_BITS / 8)
    .every((byte, index) => byte === (index < 10 ? 0 : 0xff));
}

function formatPrefix(bits: number, allBits: number): string {
  return bits < allBits ? `/${bits}` : '';
}
