// SPDX-License-Identifier: Apache-2.0
// Frames by hand. What nobody should take for a header is filled with 0xee, so that it shows where somebody does.

export const ETHERTYPES = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  ipv6: 0x86dd,
  mpls: 0x8847,
  mplsMulticast: 0x8848,
  pppoeSession: 0x8864,
  serviceVlan: 0x88a8,
  /** Of QinQ before 802.1ad. */
  oldServiceVlan: 0x9100,
} as const;

/** Of PPP. */
export const PPP = { ipv4: 0x0021, ipv6: 0x0057, ipcp: 0x8021, lcp: 0xc021 } as const;

export const PROTOCOLS = {
  hopByHop: 0,
  icmp: 1,
  tcp: 6,
  udp: 17,
  routing: 43,
  fragment: 44,
  esp: 50,
  authentication: 51,
  icmpv6: 58,
  none: 59,
  destination: 60,
  sctp: 132,
  mobility: 135,
} as const;

/** What a builder writes where it is given nothing else. */
export const IPV4_SOURCE = '198.51.100.7';
export const IPV4_DESTINATION = '203.0.113.9';
export const TTL = 61;
export const IPV6_SOURCE = '2001:db8::1234:5678';
export const IPV6_DESTINATION = '2001:db8:ffff::9';
export const HOP_LIMIT = 59;
/** SYN and ACK. */
export const TCP_FLAGS = 0x12;
export const VLAN = 100;

/** Flags and offset of an IPv4 fragment, as one 16-bit field. */
export const IPV4_MORE_FRAGMENTS = 0x2000;
export const IPV4_DONT_FRAGMENT = 0x4000;

const FILL = 0xee;

export function filler(bytes: number): Buffer {
  return Buffer.alloc(bytes, FILL);
}

/** The 16 bytes of an address as a record holds it: IPv4 in the first four. */
export function addressBytes(text: string): Buffer {
  if (!text.includes(':')) {
    return Buffer.concat([ipv4Bytes(text), Buffer.alloc(12)]);
  }
  const [head = [], tail = []] = text
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const groups = [...head, ...new Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex');
}

function ipv4Bytes(text: string): Buffer {
  return Buffer.from(text.split('.').map(Number));
}

function words(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  values.forEach((value, index) => {
    bytes.writeUInt16BE(value, 2 * index);
  });
  return bytes;
}

/** Up to `bytes` bytes, as a driver pads short frames. */
export function padTo(bytes: number, frame: Buffer): Buffer {
  return Buffer.concat([frame, filler(bytes - frame.length)]);
}

export function ethernet(ethertype: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from('027864700002027864700001', 'hex'), words(ethertype), payload]);
}

/** A tag and what it is before; goes where the ethertype of a frame is that of a VLAN. */
export function vlan(ethertype: number, payload: Buffer, control = VLAN): Buffer {
  return Buffer.concat([words(control, ethertype), payload]);
}

interface PppoeFields {
  /** Version and type, a half byte each. */
  readonly versionType?: number;
  readonly code?: number;
  /** Of the protocol and the payload. */
  readonly length?: number;
}

/** Goes where the ethertype of a frame is `pppoeSession`. */
export function pppoe(protocol: number, payload: Buffer, fields: PppoeFields = {}): Buffer {
  const { versionType = 0x11, code = 0, length = 2 + payload.length } = fields;
  return Buffer.concat([
    Buffer.from([versionType, code]),
    words(0xeeee, length, protocol),
    payload,
  ]);
}

/** A stack of labels, the bottom last; goes where the ethertype of a frame is one of MPLS. */
export function mpls(labels: readonly number[], payload: Buffer): Buffer {
  const entries = labels.map((label, index) => mplsEntry(label, index === labels.length - 1));
  return Buffer.concat([...entries, payload]);
}

/** Its traffic class is 7 and its TTL 0xee: all bits but the bottom's might be taken for it. */
export function mplsEntry(label: number, isBottom: boolean): Buffer {
  const entry = Buffer.alloc(4);
  entry.writeUInt32BE(((label << 12) | (7 << 9) | (Number(isBottom) << 8) | FILL) >>> 0);
  return entry;
}

interface Ipv4Fields {
  readonly source?: string;
  readonly destination?: string;
  readonly ttl?: number;
  readonly version?: number;
  /** 5 and the options' unless given. */
  readonly headerWords?: number;
  readonly options?: Buffer;
  readonly totalLength?: number;
  readonly fragment?: number;
}

export function ipv4(protocol: number, payload: Buffer, fields: Ipv4Fields = {}): Buffer {
  const options = fields.options ?? Buffer.alloc(0);
  const headerWords = fields.headerWords ?? 5 + options.length / 4;
  const totalLength = fields.totalLength ?? 20 + options.length + payload.length;
  const header = filler(20);
  header.writeUInt8(((fields.version ?? 4) << 4) | headerWords, 0);
  header.writeUInt16BE(totalLength, 2);
  header.writeUInt16BE(fields.fragment ?? 0, 6);
  header.writeUInt8(fields.ttl ?? TTL, 8);
  header.writeUInt8(protocol, 9);
  ipv4Bytes(fields.source ?? IPV4_SOURCE).copy(header, 12);
  ipv4Bytes(fields.destination ?? IPV4_DESTINATION).copy(header, 16);
  return Buffer.concat([header, options, payload]);
}

interface Ipv6Fields {
  readonly source?: string;
  readonly destination?: string;
  readonly hopLimit?: number;
  readonly version?: number;
  readonly payloadLength?: number;
}

export function ipv6(nextHeader: number, payload: Buffer, fields: Ipv6Fields = {}): Buffer {
  const header = filler(40);
  header.writeUInt8(((fields.version ?? 6) << 4) | 0xe, 0);
  header.writeUInt16BE(fields.payloadLength ?? payload.length, 4);
  header.writeUInt8(nextHeader, 6);
  header.writeUInt8(fields.hopLimit ?? HOP_LIMIT, 7);
  addressBytes(fields.source ?? IPV6_SOURCE).copy(header, 8);
  addressBytes(fields.destination ?? IPV6_DESTINATION).copy(header, 24);
  return Buffer.concat([header, payload]);
}

/** Hop-by-hop, routing, destination options or mobility: `bytes` is a multiple of 8. */
export function extension(next: number, payload: Buffer, bytes = 8): Buffer {
  return Buffer.concat([Buffer.from([next, bytes / 8 - 1]), filler(bytes - 2), payload]);
}

/** `bytes` is a multiple of 4; HMAC-SHA1-96 makes it 24. */
export function authentication(next: number, payload: Buffer, bytes = 24): Buffer {
  return Buffer.concat([Buffer.from([next, bytes / 4 - 2]), filler(bytes - 2), payload]);
}

/** `offset` counts units of 8 bytes. */
export function fragment(next: number, payload: Buffer, offset: number, more: boolean): Buffer {
  const field = words((offset << 3) | 0b110 | Number(more));
  return Buffer.concat([Buffer.from([next, FILL]), field, filler(4), payload]);
}

/** An IPv6 packet with an 8-byte extension header of each of `kinds`, then `payload` of protocol `last`. */
export function ipv6Chain(kinds: readonly number[], last: number, payload: Buffer): Buffer {
  const [first = last, ...rest] = [...kinds, last];
  const headers = rest.map((next) => extension(next, Buffer.alloc(0)));
  return ipv6(first, Buffer.concat([...headers, payload]));
}

export function tcp(source: number, destination: number, payload = 0, flags = TCP_FLAGS): Buffer {
  const segment = Buffer.concat([words(source, destination), filler(16 + payload)]);
  segment.writeUInt8(flags, 13);
  return segment;
}

export function udp(source: number, destination: number, payload = 0): Buffer {
  return Buffer.concat([words(source, destination, 8 + payload, 0), filler(payload)]);
}

export function sctp(source: number, destination: number): Buffer {
  return Buffer.concat([words(source, destination), filler(8 + 16)]);
}

/** An echo request, of either family. */
export function icmp(type: number): Buffer {
  return Buffer.concat([Buffer.from([type, 0]), filler(6 + 32)]);
}
