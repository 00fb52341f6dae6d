// SPDX-License-Identifier: Apache-2.0
// One prefix of the file of networks as a text: "192.0.2.0/24".
import { isIP } from 'node:net';
import { ConfigError } from '../../errors.ts';
import { prefixMask } from '../../filter/addresses.ts';
import { type AddressFamily, formatAddress, parseAddress } from '../../snapshot/address.ts';

export interface Cidr {
  readonly family: AddressFamily;
  /** 16 in network order, an IPv4 address in the first four; behind `bits` all are zero. */
  readonly bytes: Uint8Array;
  readonly bits: number;
}

const ALL_BITS = { ipv4: 32, ipv6: 128 } as const;

/** An address alone is the prefix of all its bits. Throws a ConfigError that says what would do. */
export function parseCidr(text: string): Cidr {
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0 || address.includes('%')) {
    throw new ConfigError('not a prefix; write one such as 192.0.2.0/24 or 2001:db8::/32');
  }
  const family = version === 4 ? 'ipv4' : 'ipv6';
  const allBits = ALL_BITS[family];
  const bits = length === undefined ? allBits : readLength(length);
  if (!(bits <= allBits)) {
    throw new ConfigError(`"/${length}" is not a prefix length from 0 to ${allBits}`);
  }
  const bytes = parseAddress(address);
  if (!clearBehind(bytes, bits)) {
    return { family, bytes, bits };
  }
  throw new ConfigError(`it has host bits set; write "${formatAddress(bytes, family)}/${bits}"`);
}

function readLength(text: string): number {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : Number.NaN;
}

/** Whether there was anything to clear. */
function clearBehind(bytes: Uint8Array, bits: number): boolean {
  let isChanged = false;
  for (const [index, byte] of bytes.entries()) {
    const kept = byte & prefixMask(bits, index);
    isChanged ||= kept !== byte;
    bytes[index] = kept;
  }
  return isChanged;
}
