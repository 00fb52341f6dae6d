// SPDX-License-Identifier: Apache-2.0
// Addresses and networks in filters.
import { isIP } from 'node:net';
import { formatAddress, parseAddress } from '../snapshot/address.ts';
import type { Direction, IpFamily } from './filter.ts';
import type { Token, Tokens } from './tokens.ts';
import type { ValueReader } from './values.ts';

const BITS = { ipv4: 32, ipv6: 128 } as const;

/** What "host" and "net" say of the address behind them. */
export type AddressType = 'host' | 'net';

/** Whether it is an address, perhaps with a prefix length. */
export function isAddress(text: string): boolean {
  return isIP(text.replace(/\/.*$/s, '')) !== 0;
}

/** @param wanted where "ip" or "ip6" stands before */
export function addressReader(
  direction: Direction,
  wanted?: IpFamily,
  type?: AddressType,
): ValueReader {
  return (tokens, value) => {
    const [address = '', bits, ...rest] = value.text.split('/');
    if (isIP(address) === 0 || rest.length > 0 || address.includes('%')) {
      throw notAnAddress(tokens, value);
    }
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    const problem = problemOf(address, bits, family, { wanted, type });
    if (problem !== undefined) {
      throw tokens.error(problem, value);
    }
    const prefix = bits === undefined ? BITS[family] : readPrefix(tokens, value, bits, family);
    return { kind: 'address', direction, family, address, prefix };
  };
}

/** What contradicts the words before the address. */
function problemOf(
  address: string,
  bits: string | undefined,
  family: IpFamily,
  { wanted = family, type }: { wanted: IpFamily | undefined; type: AddressType | undefined },
): string | undefined {
  if (wanted !== family) {
    const word = family === 'ipv4' ? 'ip' : 'ip6';
    return `"${address}" is of the other family; write "${word}" before it`;
  }
  if (type === 'host' && bits !== undefined) {
    return `a host has no prefix length; write "net ${address}/${bits}"`;
  }
  if (type === 'net' && bits === undefined) {
    return `a net has a prefix length; write "${address}/${BITS[family]}", or fewer bits`;
  }
  return undefined;
}

function notAnAddress(tokens: Tokens, value: Token): Error {
  const { text } = value;
  const remedy = /^\d+$/.test(text)
    ? `write "port ${text}" for a port`
    : 'write one such as 192.0.2.7 or 2001:db8::7 (names are not resolved)';
  return tokens.error(`"${text}" is not an IP address; ${remedy}`, value);
}

function readPrefix(tokens: Tokens, value: Token, bits: string, family: IpFamily): number {
  const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
  if (!(prefix <= BITS[family])) {
    throw tokens.error(`"/${bits}" is not a prefix length from 0 to ${BITS[family]}`, value);
  }
  const address = parseAddress(value.text.replace(/\/.*$/, ''));
  const net = address.map((byte, index) => byte & prefixMask(prefix, index));
  if (net.some((byte, index) => byte !== address[index])) {
    const whole = `${formatAddress(net, family)}/${prefix}`;
    throw tokens.error(`"${value.text}" has host bits set; write "${whole}"`, value);
  }
  return prefix;
}

/** The bits of the byte at `index` of an address that belong to its first `prefix` bits. */
export function prefixMask(prefix: number, index: number): number {
  const bits = Math.min(8, Math.max(0, prefix - 8 * index));
  return (0xff00 >> bits) & 0xff;
}
