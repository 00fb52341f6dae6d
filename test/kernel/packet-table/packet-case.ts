// SPDX-License-Identifier: Apache-2.0
// A row of the packet table: a frame, and what its record must say.
import type { Link } from '../../../src/kernel/device-program.ts';
import type { FAMILIES, MALFORMED_REASONS } from '../../../src/snapshot/packet-class.ts';
import {
  addressBytes,
  HOP_LIMIT,
  IPV4_DESTINATION,
  IPV4_SOURCE,
  IPV6_DESTINATION,
  IPV6_SOURCE,
  PROTOCOLS,
  TCP_FLAGS,
  TTL,
} from './packets.ts';

type Family = (typeof FAMILIES)[number];
type MalformedReason = (typeof MALFORMED_REASONS)[number];

export interface ParsedPacket {
  readonly family: Family;
  /** Of the first header after the IP header that is not an extension header, or not a whole one. */
  readonly protocol: number;
  readonly malformed: MalformedReason;
  /** 32 hex digits; of an IPv4 address the first 8. */
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  /** A non-IP frame's ethertype. */
  readonly destinationPort: number;
  readonly tcpFlags: number;
  readonly hopLimit: number;
  /** Of the outermost tag. */
  readonly vlan: number;
  readonly length: number;
}

export interface PacketCase {
  /** A sentence about the record. */
  readonly name: string;
  /** What the device's frames begin with. */
  readonly link: Link;
  readonly frame: Buffer;
  readonly expected: ParsedPacket;
}

/** Addresses as text; what is left out is zero, and of no family. */
export type Expected = Partial<Omit<ParsedPacket, 'length'>>;

/** What is believed of a frame that says nothing. */
export const NOTHING: Omit<ParsedPacket, 'length'> = {
  family: 'other',
  protocol: 0,
  malformed: 'none',
  source: '0'.repeat(32),
  destination: '0'.repeat(32),
  sourcePort: 0,
  destinationPort: 0,
  tcpFlags: 0,
  hopLimit: 0,
  vlan: 0,
};

/** A frame of a device with Ethernet headers. */
export function packetCase(name: string, frame: Buffer, expected: Expected): PacketCase {
  return { name, link: 'ethernet', frame, expected: parsed(frame, expected) };
}

/** A packet of a device without: tun, WireGuard and their like. */
export function rawCase(name: string, frame: Buffer, expected: Expected): PacketCase {
  return { name, link: 'ip', frame, expected: parsed(frame, expected) };
}

function parsed(frame: Buffer, expected: Expected): ParsedPacket {
  return {
    ...NOTHING,
    ...expected,
    source: addressOf(expected.source),
    destination: addressOf(expected.destination),
    length: frame.length,
  };
}

function addressOf(text: string | undefined): string {
  return text === undefined ? NOTHING.source : addressBytes(text).toString('hex');
}

/** Expected of a packet whose transport header, if its protocol has ports, shows `ports`; TCP is all there. */
export function overIpv4(protocol: number, ports?: readonly [number, number]): Expected {
  return {
    family: 'ipv4',
    source: IPV4_SOURCE,
    destination: IPV4_DESTINATION,
    hopLimit: TTL,
    ...transport(protocol, ports),
  };
}

export function overIpv6(protocol: number, ports?: readonly [number, number]): Expected {
  return {
    family: 'ipv6',
    source: IPV6_SOURCE,
    destination: IPV6_DESTINATION,
    hopLimit: HOP_LIMIT,
    ...transport(protocol, ports),
  };
}

function transport(protocol: number, ports: readonly [number, number] | undefined) {
  const [sourcePort, destinationPort] = ports ?? [0, 0];
  const tcpFlags = ports !== undefined && protocol === PROTOCOLS.tcp ? TCP_FLAGS : 0;
  return { protocol, sourcePort, destinationPort, tcpFlags };
}
