// SPDX-License-Identifier: Apache-2.0
// A row of the packet table: a frame, and what its record must say.
import type { FAMILIES, MALFORMED_REASONS } from '../../../src/snapshot/logger.ts';
import { addressBytes, IPV4_SOURCE, IPV6_SOURCE } from './packets.ts';

type Family = (typeof FAMILIES)[number];
type MalformedReason = (typeof MALFORMED_REASONS)[number];

export interface ParsedPacket {
  readonly family: Family;
  /** Of the first header after the IP header that is not an extension header, or not a whole one. */
  readonly protocol: number;
  readonly malformed: MalformedReason;
  /** 32 hex digits. */
  readonly address: string;
  readonly sourcePort: number;
  /** A non-IP frame's ethertype. */
  readonly destinationPort: number;
  readonly length: number;
}

export interface PacketCase {
  /** A sentence about the record. */
  readonly name: string;
  readonly frame: Buffer;
  readonly expected: ParsedPacket;
}

type Expected = Partial<Omit<ParsedPacket, 'length' | 'address'>> & { readonly source?: string };

export const NO_ADDRESS = '0'.repeat(32);

export function packetCase(name: string, frame: Buffer, expected: Expected): PacketCase {
  const { source, ...fields } = expected;
  const address = source === undefined ? NO_ADDRESS : addressBytes(source).toString('hex');
  return {
    name,
    frame,
    expected: {
      family: 'other',
      protocol: 0,
      malformed: 'none',
      sourcePort: 0,
      destinationPort: 0,
      ...fields,
      address,
      length: frame.length,
    },
  };
}

/** Expected of a packet whose transport header, if its protocol has ports, shows `ports`. */
export function overIpv4(protocol: number, ports?: readonly [number, number]): Expected {
  return { family: 'ipv4', protocol, source: IPV4_SOURCE, ...portFields(ports) };
}

export function overIpv6(protocol: number, ports?: readonly [number, number]): Expected {
  return { family: 'ipv6', protocol, source: IPV6_SOURCE, ...portFields(ports) };
}

function portFields([sourcePort, destinationPort]: readonly [number, number] = [0, 0]) {
  return { sourcePort, destinationPort };
}
