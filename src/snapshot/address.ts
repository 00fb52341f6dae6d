// SPDX-License-Identifier: Apache-2.0
// Addresses as text, in the one canonical form of each.

const GROUPS = 8;

/** What an address is of. The same bytes are another address in the other family. */
export type AddressFamily = 'ipv4' | 'ipv6';

/**
 * "192.0.2.1" or "2001:db8::1".
 * @param bytes 16 in network order; an IPv4 address is the first four
 */
export function formatAddress(bytes: Uint8Array, family: AddressFamily): string {
  return family === 'ipv4' ? formatIpv4(bytes) : formatIpv6(bytes);
}

/** With a dot behind each: made once, since lines of packets have two addresses each. */
const OCTETS = Array.from({ length: 256 }, (_, octet) => `${octet}.`);

function formatIpv4(bytes: Uint8Array): string {
  const octet = (index: number) => OCTETS[bytes[index] as number] as string;
  return octet(0) + octet(1) + octet(2) + String(bytes[3]);
}

/** RFC 5952: hex without leading zeros, and "::" for the first of the longest runs of two or more zero groups. */
export function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: GROUPS },
    (_, index) => ((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0),
  );
  const text = (from: number, to: number) =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':');
  const { start, length } = longestZeroRun(groups);
  return length < 2 ? text(0, GROUPS) : `${text(0, start)}::${text(start + length, GROUPS)}`;
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  let length = 0;
  for (const [index, group] of groups.entries()) {
    length = group === 0 ? length + 1 : 0;
    if (length > longest.length) {
      longest = { start: index + 1 - length, length };
    }
  }
  return longest;
}

/**
 * The bytes of an address that isIP() takes, without a zone: 16 in network order, an IPv4 address in the first four.
 */
export function parseAddress(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * GROUPS);
  if (text.includes(':')) {
    bytes.set(parseIpv6(text));
  } else {
    bytes.set(text.split('.').map(Number));
  }
  return bytes;
}

function parseIpv6(text: string): Uint8Array {
  // The URL parser writes an embedded IPv4 address, such as the one of "::ffff:192.0.2.1", as two groups.
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [head = [], tail = []] = canonical
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = new Array<string>(GROUPS - head.length - tail.length).fill('0');
  const groups = [...head, ...zeros, ...tail].map((group) => group.padStart(4, '0'));
  return Buffer.from(groups.join(''), 'hex');
}
