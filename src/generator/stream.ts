// SPDX-License-Identifier: Apache-2.0
// One kind of frame in the mix: how a caller asks for it, and what that means in full.
import { ConfigError } from '../errors.ts';
import { type AddressBlock, type Family, parseAddressBlock } from './address.ts';
import { Fields } from './fields.ts';
import { headerLength, PROTOCOLS, type Protocol, TCP_FLAGS, type TcpFlag } from './frames.ts';

/** Without FCS. The shortest that Ethernet carries, and the longest that a live frame can be. */
const FRAME_LENGTHS = { min: 60, max: 3408 } as const;

const PORTS = { min: 1, max: 65_535 } as const;

/** Where nobody listens. */
const DISCARD = 9;

/** As a u32 holds. */
const MAX_ADDRESSES = 2 ** 32 - 1;

/** 0 and 4095 are no IDs; IEEE 802.1Q. */
const VLANS = { min: 1, max: 4094 } as const;

const MAX_WEIGHT = 1000;

/**
 * fixed: one address. cycle: each in turn. uniform: each as likely. skewed: near Zipf's law, address i about
 * 1/(i+1) as often as address 0.
 */
const ADDRESS_KINDS = ['fixed', 'cycle', 'uniform', 'skewed'] as const;
export type AddressKind = (typeof ADDRESS_KINDS)[number];

interface Range {
  readonly from: number;
  readonly to: number;
}

/** As the JSON has it. */
interface AddressRange {
  readonly kind: AddressKind;
  /** 1 by default. */
  readonly count?: number;
  /** First address and the prefix that the others must be in: "192.0.2.1/24". */
  readonly prefix: string;
}

/** The range with every default filled in. */
interface Addresses {
  readonly kind: AddressKind;
  readonly count: number;
  readonly first: Buffer;
}

/** As the JSON has it. */
export interface MixEntry {
  readonly family: Family;
  readonly protocol: Protocol;
  /** Share of the frames, relative to the other entries' weights; 1 by default. */
  readonly weight?: number;
  /** In bytes, without FCS: one length, or every length of a range in turn. The shortest by default. */
  readonly length?: number | Range;
  /** Destination port of UDP and TCP: one, or every port of a range in turn. 9, "discard", by default. */
  readonly port?: number | Range;
  /** One address of the ranges that are set aside for documentation, by default. */
  readonly sources?: AddressRange;
  /** One address of the ranges that are set aside for measurements, by default. */
  readonly destinations?: AddressRange;
  /** Of TCP; SYN alone by default. */
  readonly flags?: readonly TcpFlag[];
  /** ID of an 802.1Q tag; none by default. */
  readonly vlan?: number;
}

/** The entry with every default filled in. */
export interface Stream {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly weight: number;
  readonly length: Range;
  /** Of no use to ICMP. */
  readonly port: Range;
  readonly sources: Addresses;
  readonly destinations: Addresses;
  /** Of no use but to TCP. */
  readonly flags: readonly TcpFlag[];
  readonly vlan: number | undefined;
}

/** RFC 5737, RFC 3849, RFC 2544 and RFC 5180 set them aside. */
const DEFAULT_PREFIXES = {
  sources: { 4: '192.0.2.1/24', 6: '2001:db8::1/64' },
  destinations: { 4: '198.18.0.1/15', 6: '2001:2::1/48' },
} as const;

/** Throws a ConfigError. @param index in the mix, for the error */
export function parseStream(value: unknown, index: number): Stream {
  const fields = new Fields(`entry ${index} of the mix`, value);
  const family = fields.oneOf('family', [4, 6]);
  const protocol = fields.oneOf('protocol', PROTOCOLS);
  const vlan = fields.has('vlan') ? fields.integer('vlan', VLANS) : undefined;
  const shortest = Math.max(FRAME_LENGTHS.min, headerLength(family, protocol, vlan));
  const stream = {
    family,
    protocol,
    weight: fields.has('weight') ? fields.integer('weight', { min: 1, max: MAX_WEIGHT }) : 1,
    length: parseLength(fields, shortest),
    port: parseRange(fields, 'port', { ...PORTS, fallback: DISCARD }),
    sources: parseAddresses(fields, 'sources', family),
    destinations: parseAddresses(fields, 'destinations', family),
    // Elsewhere it stays unread, and is refused as a field that nobody knows.
    flags: protocol === 'tcp' ? parseFlags(fields) : [],
    vlan,
  };
  fields.end();
  return stream;
}

function parseLength(fields: Fields, min: number): Range {
  return parseRange(fields, 'length', { min, max: FRAME_LENGTHS.max, fallback: min });
}

interface Bounds {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
}

/** One number, or all of a range. */
function parseRange(fields: Fields, name: string, { min, max, fallback }: Bounds): Range {
  if (!fields.has(name)) {
    return { from: fallback, to: fallback };
  }
  const value = fields.value(name);
  if (typeof value !== 'object') {
    const number = fields.integer(name, { min, max });
    return { from: number, to: number };
  }
  const ends = new Fields(`"${name}"`, value);
  const from = ends.integer('from', { min, max });
  const to = ends.integer('to', { min: from, max });
  ends.end();
  return { from, to };
}

function parseFlags(fields: Fields): readonly TcpFlag[] {
  return fields.has('flags') ? fields.someOf('flags', TCP_FLAGS) : ['syn'];
}

function parseAddresses(
  entry: Fields,
  name: keyof typeof DEFAULT_PREFIXES,
  family: Family,
): Addresses {
  const absent = { kind: 'fixed', prefix: DEFAULT_PREFIXES[name][family] };
  const fields = new Fields(`"${name}"`, entry.value(name) ?? absent);
  const kind = fields.oneOf('kind', ADDRESS_KINDS);
  const max = kind === 'fixed' ? 1 : MAX_ADDRESSES;
  const count = fields.has('count') ? fields.integer('count', { min: 1, max }) : 1;
  const prefix = fields.text('prefix');
  const block: AddressBlock = parseAddressBlock(prefix, family);
  fields.end();
  if (count > block.size) {
    throw new ConfigError(
      `read "count" of "${name}": ${count}; from "${prefix}" to the end of its prefix are ${block.size}`,
    );
  }
  return { kind, count, first: block.first };
}
