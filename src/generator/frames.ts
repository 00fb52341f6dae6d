// SPDX-License-Identifier: Apache-2.0
// Template headers: Ethernet, IP and transport, ready but for what bpf/generator.bpf.c fills in frame by frame.
import type { Family } from './address.ts';

/** ICMP is that of the family. */
export const PROTOCOLS = ['udp', 'tcp', 'icmp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/**
 * Both locally administered. The destination is nobody's, so that the receiver's stack drops each frame as
 * PACKET_OTHERHOST before IP sees it, and never answers.
 */
const MACS = { destination: '027864700002', source: '027864700001' } as const;

const ETHERNET_LENGTH = 14;

/** IEEE 802.1Q. */
const VLAN_TAG = { etherType: 0x8100, length: 4 } as const;

const IP = {
  4: { etherType: 0x0800, length: 20, source: 12, addressLength: 4 },
  6: { etherType: 0x86dd, length: 40, source: 8, addressLength: 16 },
} as const;

const SOURCE_PORT = 40_000;

/** Offsets and sizes within the transport header; numbers and types by family. */
const TRANSPORT = {
  udp: { numbers: { 4: 17, 6: 17 }, length: 8, checksum: 6 },
  tcp: { numbers: { 4: 6, 6: 6 }, length: 20, checksum: 16 },
  icmp: { numbers: { 4: 1, 6: 58 }, length: 8, checksum: 2 },
} as const;

const ECHO_REQUEST = { 4: 8, 6: 128 } as const;

/** Bits of byte 13 of the TCP header, RFC 9293. */
const TCP_FLAG_BITS = { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32 } as const;
export type TcpFlag = keyof typeof TCP_FLAG_BITS;
export const TCP_FLAGS = Object.keys(TCP_FLAG_BITS) as readonly TcpFlag[];

/** What the headers of a stream's frames have in common. */
export interface HeaderFields {
  readonly family: Family;
  readonly protocol: Protocol;
  /** Of one address of the stream all but the last 32 bits count, here and in `destination`. */
  readonly source: Buffer;
  readonly destination: Buffer;
  /** Of TCP. */
  readonly flags: readonly TcpFlag[];
  /** undefined: the frame is not tagged. */
  readonly vlan: number | undefined;
}

/** A frame's header, in which the addresses' last 32 bits, the destination port, all lengths and all checksums are zero. */
export interface HeaderTemplate {
  readonly bytes: Buffer;
  /** From the start of the frame. */
  readonly ipOffset: number;
  /** Sum of the IPv4 header's 16-bit words; 0 for IPv6, which has no such checksum. */
  readonly ipSum: number;
  /** The same of the transport header and, where it counts, the pseudo header. */
  readonly transportSum: number;
  /** How often the transport length enters the transport checksum; 0: neither length nor addresses do. */
  readonly lengthTerms: number;
  /** From the start of the frame. */
  readonly checksumOffset: number;
  /** From the start of the frame; 0 where the transport has no length. */
  readonly udpLengthOffset: number;
  /** Of the destination's, from the start of the frame; 0 where the transport has no ports. */
  readonly portOffset: number;
}

/** Bytes before the payload. */
export function headerLength(family: Family, protocol: Protocol, vlan?: number): number {
  return linkLength(vlan) + IP[family].length + TRANSPORT[protocol].length;
}

function linkLength(vlan: number | undefined): number {
  return ETHERNET_LENGTH + (vlan === undefined ? 0 : VLAN_TAG.length);
}

export function buildHeader(fields: HeaderFields): HeaderTemplate {
  const { family, protocol, vlan } = fields;
  const number = TRANSPORT[protocol].numbers[family];
  const addresses = buildAddresses(fields);
  const ip = family === 4 ? buildIpv4(number, addresses) : buildIpv6(number, addresses);
  const transport = buildTransport(fields);
  const ipOffset = linkLength(vlan);
  const transportStart = ipOffset + ip.length;
  // Only ICMP over IPv4 has a checksum without a pseudo header.
  const hasPseudoHeader = protocol !== 'icmp' || family === 6;
  return {
    bytes: Buffer.concat([buildLink(family, vlan), ip, transport]),
    ipOffset,
    ipSum: family === 4 ? sumWords(ip) : 0,
    transportSum: sumWords(transport) + (hasPseudoHeader ? sumWords(addresses) + number : 0),
    lengthTerms: hasPseudoHeader ? (protocol === 'udp' ? 2 : 1) : 0,
    checksumOffset: transportStart + TRANSPORT[protocol].checksum,
    udpLengthOffset: protocol === 'udp' ? transportStart + 4 : 0,
    portOffset: protocol === 'icmp' ? 0 : transportStart + 2,
  };
}

function buildLink(family: Family, vlan: number | undefined): Buffer {
  const header = Buffer.alloc(linkLength(vlan));
  header.write(`${MACS.destination}${MACS.source}`, 'hex');
  if (vlan !== undefined) {
    header.writeUInt16BE(VLAN_TAG.etherType, 12);
    header.writeUInt16BE(vlan, 14);
  }
  header.writeUInt16BE(IP[family].etherType, header.length - 2);
  return header;
}

function buildAddresses({ source, destination }: HeaderFields): Buffer {
  const constant = (address: Buffer) => address.subarray(0, -4);
  const varying = Buffer.alloc(4);
  return Buffer.concat([constant(source), varying, constant(destination), varying]);
}

function buildIpv4(protocol: number, addresses: Buffer): Buffer {
  const header = Buffer.alloc(IP[4].length);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(0x4000, 6); // Don't fragment.
  header.writeUInt8(64, 8);
  header.writeUInt8(protocol, 9);
  addresses.copy(header, IP[4].source);
  return header;
}

function buildIpv6(nextHeader: number, addresses: Buffer): Buffer {
  const header = Buffer.alloc(IP[6].length);
  header.writeUInt8(0x60, 0);
  header.writeUInt8(nextHeader, 6);
  header.writeUInt8(64, 7);
  addresses.copy(header, IP[6].source);
  return header;
}

function buildTransport({ family, protocol, flags }: HeaderFields): Buffer {
  const header = Buffer.alloc(TRANSPORT[protocol].length);
  if (protocol === 'icmp') {
    header.writeUInt8(ECHO_REQUEST[family], 0);
    return header;
  }
  header.writeUInt16BE(SOURCE_PORT, 0);
  if (protocol === 'tcp') {
    header.writeUInt8(0x50, 12); // Five words of header.
    header.writeUInt8(
      flags.reduce((bits, flag) => bits | TCP_FLAG_BITS[flag], 0),
      13,
    );
    header.writeUInt16BE(0xffff, 14); // Window.
  }
  return header;
}

/** Of 16-bit words in network order, unfolded. `bytes` has an even length. */
function sumWords(bytes: Buffer): number {
  let sum = 0;
  for (let offset = 0; offset < bytes.length; offset += 2) {
    sum += bytes.readUInt16BE(offset);
  }
  return sum;
}
