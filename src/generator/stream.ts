// SPDX-License-Identifier: Apache-2.0
// One kind of frame in the mix: how a caller asks for it, and what that means in full.
import { ConfigError } from '../errors.ts';
import { type AddressBlock, type Family, parseAddressBlock } from './address.ts';
import { Fields } from './fields.ts';
import { headerLength, PROTOCOLS, type Protocol } from './frames.ts';

/** Without FCS. The shortest that Ethernet carries, and the longest that a live frame can be. */
const FRAME_LENGTHS = { min: 60, max: 3408 } as const;

const PORTS = { min: 1, max: 65_535 } as const;

/** Where nobody listens. */
const DISCARD = 9;

/** As a u32 holds. */
const MAX_SOURCES = 2 ** 32 - 1;

const MAX_WEIGHT = 1000;

/**
 * fixed: one source. cycle: each in turn. uniform: each as likely. skewed: near Zipf's law, source i about
 * 1/(i+1) as often as source 0.
 */
const SOURCE_KINDS = ['fixed', 'cycle', 'uniform', 'skewed'] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

interface Range {
  readonly from: number;
  readonly to: number;
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
  readonly sources?: {
    readonly kind: SourceKind;
    /** 1 by default. */
    readonly count?: number;
    /** First address and the prefix that the others must be in: "192.0.2.1/24". */
    readonly prefix: string;
  };
}

/** The entry with every default filled in. */
export interface Stream {
  readonly family: Family;
  readonly protocol: Protocol;
  readonly weight: number;
  readonly length: Range;
  /** Of no use to ICMP. */
  readonly port: Range;
  readonly sources: {
    readonly kind: SourceKind;
    readonly count: number;
    readonly first: Buffer;
  };
}

const DEFAULT_PREFIX = { 4: '192.0.2.1/24', 6: '2001:db8::1/64' } as const;

/** Throws a ConfigError. @param index in the mix, for the error */
export function parseStream(value: unknown, index: number): Stream {
  const fields = new Fields(`entry ${index} of the mix`, value);
  const family = fields.oneOf('family', [4, 6]);
  const protocol = fields.oneOf('protocol', PROTOCOLS);
  const stream = {
    family,
    protocol,
    weight: fields.has('weight') ? fields.integer('weight', { min: 1, max: MAX_WEIGHT }) : 1,
    length: parseLength(fields, Math.max(FRAME_LENGTHS.min, headerLength(family, protocol))),
    port: parseRange(fields, 'port', { ...PORTS, fallback: DISCARD }),
    sources: parseSources(
      fields.value('sources') ?? { kind: 'fixed', prefix: DEFAULT_PREFIX[family] },
      family,
    ),
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

function parseSources(value: unknown, family: Family): Stream['sources'] {
  const fields = new Fields('"sources"', value);
  const kind = fields.oneOf('kind', SOURCE_KINDS);
  const max = kind === 'fixed' ? 1 : MAX_SOURCES;
  const count = fields.has('count') ? fields.integer('count', { min: 1, max }) : 1;
  const prefix = fields.text('prefix');
  const block: AddressBlock = parseAddressBlock(prefix, family);
  fields.end();
  if (count > block.size) {
    throw new ConfigError(
      `read "count" of "sources": ${count}; from "${prefix}" to the end of its prefix are ${block.size}`,
    );
  }
  return { kind, count, first: block.first };
}
