// SPDX-License-Identifier: Apache-2.0
// The plan as bytes for the program's .rodata. The layouts mirror bpf/generator.bpf.c; a test compares the two.
import type { StructLayout } from '../kernel/abi.ts';
import { buildHeader } from './frames.ts';
import { type GeneratorPlan, MAX_STREAMS } from './options.ts';
import type { SourceKind, Stream } from './stream.ts';
import { MAX_TURNS, orderTurns } from './turns.ts';

/** One kind of frame. */
export const GENERATOR_STREAM = {
  struct: 'generator_stream',
  sizeBytes: 128,
  offsets: {
    header: 0,
    family: 80,
    first_source: 84,
    sources: 88,
    draw: 92,
    groups: 96,
    first_length: 100,
    lengths: 104,
    ip_sum: 108,
    transport_sum: 112,
    length_terms: 116,
    checksum_offset: 120,
    udp_length_offset: 124,
  },
} as const satisfies StructLayout;

/** The whole of .rodata. */
export const GENERATOR_SETTINGS = {
  struct: 'generator_settings',
  sizeBytes: 24 + MAX_TURNS + MAX_STREAMS * GENERATOR_STREAM.sizeBytes,
  offsets: { seed: 0, ingress: 8, egress: 12, turns: 16, turn: 20, streams: 24 + MAX_TURNS },
} as const satisfies StructLayout;

/** The whole of .bss. */
export const GENERATOR_PROGRESS = {
  struct: 'generator_progress',
  sizeBytes: 8 * (2 + MAX_STREAMS),
  offsets: { frames: 0, bytes: 8, stream_frames: 16 },
} as const satisfies StructLayout;

/** enum generator_draw; one source is drawn as a cycle of one. */
const DRAWS: Readonly<Record<SourceKind, number>> = { fixed: 0, cycle: 0, uniform: 1, skewed: 2 };

/** Interface indexes. */
export interface Route {
  /** Where live frames say that they come from. */
  readonly ingress: number;
  /** Where they are redirected to. */
  readonly egress: number;
}

/** Throws a ConfigError where the weights of the streams need too many turns. */
export function encodeSettings({ seed, streams }: GeneratorPlan, route: Route): Buffer {
  const { sizeBytes, offsets } = GENERATOR_SETTINGS;
  const settings = Buffer.alloc(sizeBytes);
  const turns = orderTurns(streams.map(({ weight }) => weight));
  settings.writeBigUInt64LE(BigInt(seed), offsets.seed);
  settings.writeUInt32LE(route.ingress, offsets.ingress);
  settings.writeUInt32LE(route.egress, offsets.egress);
  settings.writeUInt32LE(turns.length, offsets.turns);
  settings.set(turns, offsets.turn);
  streams.forEach((stream, index) => {
    settings.set(encodeStream(stream), offsets.streams + index * GENERATOR_STREAM.sizeBytes);
  });
  return settings;
}

function encodeStream({ family, protocol, length, sources }: Stream): Buffer {
  const { first, count, kind } = sources;
  const { header, ...offsets } = GENERATOR_STREAM.offsets;
  const template = buildHeader(family, protocol, first);
  const numbers: Readonly<Record<keyof typeof offsets, number>> = {
    family,
    first_source: first.readUInt32BE(first.length - 4),
    sources: count,
    draw: DRAWS[kind],
    groups: 32 - Math.clz32(count),
    first_length: length.from,
    lengths: length.to - length.from + 1,
    ip_sum: template.ipSum,
    transport_sum: template.transportSum,
    length_terms: template.lengthTerms,
    checksum_offset: template.checksumOffset,
    udp_length_offset: template.udpLengthOffset,
  };
  const stream = Buffer.alloc(GENERATOR_STREAM.sizeBytes);
  template.bytes.copy(stream, header);
  for (const [name, offset] of Object.entries(offsets)) {
    stream.writeUInt32LE(numbers[name as keyof typeof offsets], offset);
  }
  return stream;
}
