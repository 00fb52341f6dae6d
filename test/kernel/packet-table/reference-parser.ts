// SPDX-License-Identifier: Apache-2.0
// The same parser once more, from the standards: IEEE 802.3 and 802.1Q, RFC 791, 2675, 4302, 6275, 8200, 9293.
// It cuts the frame into what each header encloses, so nothing outside can be read by mistake.
import { NO_ADDRESS, type ParsedPacket } from './packet-case.ts';

type Findings = Partial<ParsedPacket>;

/** Highest value of an IP length field; a longer packet cannot say how long it is, and has 0 there. */
const MAX_LENGTH_FIELD = 65_535;

export function parseFrame(frame: Buffer): ParsedPacket {
  return {
    family: 'other',
    protocol: 0,
    malformed: 'none',
    address: NO_ADDRESS,
    sourcePort: 0,
    destinationPort: 0,
    length: frame.length,
    ...parseLink(frame),
  };
}

function parseLink(frame: Buffer): Findings {
  const untagged = typed(frame.subarray(12));
  const link = untagTwice(untagged);
  if (link === undefined) {
    return { malformed: 'truncated_link' };
  }
  const { type, content } = link;
  if (type === 0x0800) {
    return { family: 'ipv4', ...parseIpv4(content) };
  }
  if (type === 0x86dd) {
    return { family: 'ipv6', ...parseIpv6(content) };
  }
  // IEEE 802.3, 3.2.6: up to 1500 a length, from 1536 a type, between them nothing.
  return type < 1536 ? {} : { destinationPort: type };
}

interface TypedContent {
  readonly type: number;
  readonly content: Buffer;
}

function typed(bytes: Buffer): TypedContent | undefined {
  return bytes.length < 2 ? undefined : { type: bytes.readUInt16BE(), content: bytes.subarray(2) };
}

function untagTwice(link: TypedContent | undefined): TypedContent | undefined {
  return untag(untag(link));
}

/** Behind the type of a tag: 2 bytes of control, then the next type. */
function untag(link: TypedContent | undefined): TypedContent | undefined {
  const tagged = link?.type === 0x8100 || link?.type === 0x88a8;
  return tagged ? typed(link.content.subarray(2)) : link;
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
  const address = `${'0'.repeat(20)}ffff${packet.toString('hex', 12, 16)}`;
  return { protocol, address, ...parseIpv4Content(packet, 4 * words, protocol) };
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
  const address = packet.toString('hex', 8, 24);
  const protocol = packet.readUInt8(6);
  const behind = packet.subarray(40);
  const payloadLength = lengthField(packet.readUInt16BE(4), behind.length);
  if (payloadLength > behind.length) {
    return { address, protocol, malformed: 'wrong_total_length' };
  }
  return { address, ...parseExtensions(protocol, behind.subarray(0, payloadLength), 6) };
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
  return bytes.length < 4
    ? { malformed: 'truncated_transport' }
    : { sourcePort: bytes.readUInt16BE(0), destinationPort: bytes.readUInt16BE(2) };
}

function nibbles(byte: number): [number, number] {
  return [byte >> 4, byte % 16];
}

function lengthField(field: number, available: number): number {
  return field === 0 && available > MAX_LENGTH_FIELD ? available : field;
}
