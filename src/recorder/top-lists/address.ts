// SPDX-License-Identifier: Apache-2.0
// Addresses as keys: the bits that make one, and its text.
import { type AddressFamily, formatAddress } from '../../snapshot/address.ts';

/** How many leading bits of an address make a key. */
export interface PrefixLengths {
  /** 0 to 32 */
  readonly prefixV4: number;
  /** 0 to 128 */
  readonly prefixV6: number;
}

const ADDRESS_BYTES = 16;

/** The first `bits` bits of an address set, 0 to 128: four words as they are in memory. */
export function addressMask(bits: number): Int32Array {
  const bytes = Uint8Array.from({ length: ADDRESS_BYTES }, (_, index) => {
    const kept = Math.min(8, Math.max(0, bits - 8 * index));
    return 0xff << (8 - kept);
  });
  return new Int32Array(bytes.buffer);
}

/**
 * "192.0.2.1", "2001:db8::1", or with a prefix that is shorter than an address "192.0.2.0/24".
 * @param bytes 16 in network order, masked; an IPv4 address is the first four
 */
export function formatAddressKey(
  bytes: Uint8Array,
  family: AddressFamily,
  { prefixV4, prefixV6 }: PrefixLengths,
): string {
  const prefix = family === 'ipv4' ? formatPrefix(prefixV4, 32) : formatPrefix(prefixV6, 128);
  return formatAddress(bytes, family) + prefix;
}

function formatPrefix(bits: number, allBits: number): string {
  return bits < allBits ? `/${bits}` : '';
}
