// SPDX-License-Identifier: Apache-2.0
// Addresses: "192.0.2.1/24" is the first of those from 192.0.2.1 to the end of its prefix.
import { isIPv4, isIPv6 } from 'node:net';
import { ConfigError } from '../errors.ts';

/** Of IP. */
export type Family = 4 | 6;

const ADDRESS_BITS = { 4: 32, 6: 128 } as const;

export interface AddressBlock {
  /** The first address: 4 or 16 bytes. */
  readonly first: Buffer;
  /** How many follow one another from there, itself included. At most 2^32, as the last 32 bits allow. */
  readonly size: number;
}

/** Throws a ConfigError that quotes `text`. */
export function parseAddressBlock(text: string, family: Family): AddressBlock {
  const [address = '', prefix = '', ...rest] = text.split('/');
  const isAddress = family === 4 ? isIPv4(address) : isIPv6(address) && !/[.%]/.test(address);
  const prefixBits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!isAddress || !(prefixBits <= ADDRESS_BITS[family]) || rest.length > 0) {
    const example = family === 4 ? '192.0.2.1/24' : '2001:db8::1/64';
    throw new ConfigError(`read prefix "${text}": not one of IPv${family}, such as "${example}"`);
  }
  const first = family === 4 ? parseIpv4(address) : parseIpv6(address);
  const blockSize = 2 ** Math.min(32, ADDRESS_BITS[family] - prefixBits);
  return { first, size: blockSize - (first.readUInt32BE(first.length - 4) % blockSize) };
}

/** 4 bytes of an address that is known to be one. */
export function parseIpv4(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

/** 16 bytes of an address that is known to be one, without an embedded IPv4 address or a zone. */
export function parseIpv6(address: string): Buffer {
  const [head = [], tail = []] = address
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = new Array<string>(8 - head.length - tail.length).fill('0');
  const groups = [...head, ...zeros, ...tail].map((group) => group.padStart(4, '0'));
  return Buffer.from(groups.join(''), 'hex');
}
