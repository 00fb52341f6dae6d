// SPDX-License-Identifier: Apache-2.0
// Frames by hand. What nobody should take for a header is filled with 0xee, so that it shows where somebody does.

export const ETHERTYPES = {
  ipv4: 0x0800,
  arp: 0x0806,
  vlan: 0x8100,
  ipv6: 0x86dd,
  serviceVlan: 0x88a8,
} as const;

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

/** Sources where a builder is given none. */
export const IPV4_SOURCE = '198.51.100.7';
export const IPV6_SOURCE = '2001:db8::1234:5678';

/** Flags and offset of an IPv4 fragment, as one 16-bit field. */
export const IPV4_MORE_FRAGMENTS = 0x2000;
export const IPV4_DONT_FRAGMENT = 0x4000;

const FILL = 0xee;

export function filler(bytes: number): Buffer {
  return Buffer.alloc(bytes, FILL);
}

/** The 16 bytes of an address as a record holds it: IPv4 as ::ffff:a.b.c.d. */
export function addressBytes(text: string): Buffer {
  if (!text.includes(':')) {
    return Buffer.from([...Buffer.from('00000000000000000000ffff', 'hex'), ...ipv4Bytes(text)]);
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

/** A tag and what it is before; goes where the ethertype of a frame is `vlan` or `serviceVlan`. */
export function vlan(ethertype: number, payload: Buffer, control = 0x0064): Buffer {
  return Buffer.concat([words(control, ethertype), payload]);
}

interface Ipv4Fields {
  readonly source?: string;
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
  header.writeUInt8(protocol, 9);
  ipv4Bytes(fields.source ?? IPV4_SOURCE).copy(header, 12);
  ipv4Bytes('203.0.113.9').copy(header, 16);
  return Buffer.concat([header, options, payload]);
}

interface Ipv6Fields {
  readonly source?: string;
  readonly version?: number;
  readonly payloadLength?: number;
}

export function ipv6(nextHeader: number, payload: Buffer, fields: Ipv6Fields = {}): Buffer {
  const header = filler(40);
  header.writeUInt8(((fields.version ?? 6) << 4) | 0xe, 0);
  header.writeUInt16BE(fields.payloadLength ?? payload.length, 4);
  header.writeUInt8(nextHeader, 6);
  addressBytes(fields.source ?? IPV6_SOURCE).copy(header, 8);
  addressBytes('2001:db8:ffff::9').copy(header, 24);
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

export function tcp(source: number, destination: number, payload = 0): Buffer {
  return Buffer.concat([words(source, destination), filler(16 + payload)]);
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
