// SPDX-License-Identifier: Apache-2.0
// The same parser once more, from the standards: RFC 791, 2675, 4302, 6275, 8200, 9293.
// It cuts the packet into what each header encloses, so nothing outside can be read by mistake.
import type { Link } from '../../../src/kernel/device-program.ts';
import { NOTHING, type ParsedPacket } from './packet-case.ts';
import { peelEthernet } from './reference-link.ts';

type Findings = Partial<ParsedPacket>;

/** Highest value of an IP length field; a longer packet cannot say how long it is, and has 0 there. */
const MAX_LENGTH_FIELD = 65_535;

export function parseFrame(frame: Buffer, link: Link): ParsedPacket {
  const findings = link === 'ip' ? parseBare(frame) : parseEthernet(frame);
  return { ...NOTHING, length: frame.length, ...findings };
}

function parseEthernet(frame: Buffer): Findings {
  const { vlan, enclosed } = peelEthernet(frame);
  switch (enclosed.kind) {
    case 'truncated':
      return { vlan, malformed: 'truncated_link' };
    case 'other':
      return { vlan, destinationPort: enclosed.ethertype };
    case 'ip':
      return { vlan, ...parseIp(enclosed.version, enclosed.packet) };
  }
}

function parseBare(packet: Buffer): Findings {
  if (packet.length === 0) {
    return { malformed: 'truncated_network' };
  }
  const [version] = nibbles(packet.readUInt8());
  return version === 4 || version === 6 ? parseIp(version, packet) : { malformed: 'wrong_version' };
}

function parseIp(version: number, packet: Buffer): Findings {
  return version === 4
    ? { family: 'ipv4', ...parseIpv4(packet) }
    : { family: 'ipv6', ...parseIpv6(packet) };
}

function parseIpv4(packet: Buffer): Findings {
  if (packet.length < 20) {
    return { malformed: 'truncated_network' };
  }
  const [version, words] = nibbles(packet.readUInt8());
  if (version !== 4) {
    return { malformed: 'wrong_version' };
  }
  if (words < 5) {
    return { malformed: 'wrong_header_length' };
  }
  const protocol = packet.readUInt8(9);
  return {
    protocol,
    source: packet.toString('hex', 12, 16).padEnd(32, '0'),
    destination: packet.toString('hex', 16, 20).padEnd(32, '0'),
    hopLimit: packet.readUInt8(8),
    ...parseIpv4Content(packet, 4 * words, protocol),
  };
}

function parseIpv4Content(packet: Buffer, headerLength: number, protocol: number): Findings {
  if (packet.length < headerLength) {
    return { malformed: 'truncated_network' };
  }
  const totalLength = lengthField(packet.readUInt16BE(2), packet.length);
  if (totalLength < headerLength || totalLength > packet.length) {
    return { malformed: 'wrong_total_length' };
  }
  const fragmentOffset = packet.readUInt16BE(6) % 0x2000;
  return fragmentOffset > 0
    ? {}
    : parseTransport(protocol, packet.subarray(headerLength, totalLength));
}

function parseIpv6(packet: Buffer): Findings {
  if (packet.length < 40) {
    return { malformed: 'truncated_network' };
  }
  const [version] = nibbles(packet.readUInt8());
  if (version !== 6) {
    return { malformed: 'wrong_version' };
  }
  const header = {
    source: packet.toString('hex', 8, 24),
    destination: packet.toString('hex', 24, 40),
    hopLimit: packet.readUInt8(7),
  };
  const protocol = packet.readUInt8(6);
  const behind = packet.subarray(40);
  const payloadLength = lengthField(packet.readUInt16BE(4), behind.length);
  if (payloadLength > behind.length) {
    return { ...header, protocol, malformed: 'wrong_total_length' };
  }
  return { ...header, ...parseExtensions(protocol, behind.subarray(0, payloadLength), 6) };
}

/** Of each extension header, its size by its second byte. */
const EXTENSION_SIZES = new Map<number, (length: number) => number>([
  [0, (length) => 8 * (length + 1)],
  [43, (length) => 8 * (length + 1)],
  [44, () => 8],
  [51, (length) => 4 * (length + 2)],
  [60, (length) => 8 * (length + 1)],
  [135, (length) => 8 * (length + 1)],
]);

function parseExtensions(protocol: number, bytes: Buffer, allowed: number): Findings {
  const sizeOf = EXTENSION_SIZES.get(protocol);
  if (sizeOf === undefined) {
    return { protocol, ...parseTransport(protocol, bytes) };
  }
  if (allowed === 0) {
    return { protocol, malformed: 'too_many_extensions' };
  }
  const size = bytes.length < 8 ? 8 : sizeOf(bytes.readUInt8(1));
  if (size > bytes.length) {
    return { protocol, malformed: 'truncated_transport' };
  }
  const next = bytes.readUInt8(0);
  const isLaterFragment = protocol === 44 && bytes.readUInt16BE(2) >= 8;
  return isLaterFragment
    ? { protocol: next }
    : parseExtensions(next, bytes.subarray(size), allowed - 1);
}

function parseTransport(protocol: number, bytes: Buffer): Findings {
  const hasPorts = protocol === 6 || protocol === 17 || protocol === 132;
  if (!hasPorts) {
    return {};
  }
  if (bytes.length < 4) {
    return { malformed: 'truncated_transport' };
  }
  const ports = { sourcePort: bytes.readUInt16BE(0), destinationPort: bytes.readUInt16BE(2) };
  // RFC 9293, 3.1: the 14th byte. Where a fragment does not have it, there are none.
  return protocol === 6 ? { ...ports, tcpFlags: bytes[13] ?? 0 } : ports;
}

function nibbles(byte: number): [number, number] {
  return [byte >> 4, byte % 16];
}

function lengthField(field: number, available: number): number {
  return field === 0 && available > MAX_LENGTH_FIELD ? available : field;
}
