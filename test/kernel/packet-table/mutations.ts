// SPDX-License-Identifier: Apache-2.0
// Frames of the packet table, damaged in the ways that parsers fall for.
import fc from 'fast-check';
import { PACKET_TABLE } from './table.ts';

/** Shortest frame that BPF_PROG_TEST_RUN takes, and one that surely fits one buffer. */
export const MIN_FRAME_BYTES = 14;
const MAX_FRAME_BYTES = 3400;

type Mutation = (frame: Buffer) => Buffer;

const FRAMES = PACKET_TABLE.map(({ frame }) => frame).filter(({ length }) => length <= 1514);

/** Most damage goes where the headers are. */
const position: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(100) },
  { weight: 1, arbitrary: fc.nat(1513) },
);

/** Protocols, versions, parts of ethertypes, and the ends of the range. */
const byte: fc.Arbitrary<number> = fc.oneof(
  fc.nat(255),
  fc.constantFrom(0, 1, 2, 6, 17, 43, 44, 50, 51, 58, 59, 60, 132, 135, 255),
  fc.constantFrom(0x08, 0x40, 0x45, 0x46, 0x4f, 0x60, 0x81, 0x86, 0x88, 0xa8, 0xdd),
);

const overwrite: fc.Arbitrary<Mutation> = fc.tuple(position, byte).map(([at, value]) => (frame) => {
  const mutated = Buffer.from(frame);
  mutated.writeUInt8(value, at % mutated.length);
  return mutated;
});

const truncate: fc.Arbitrary<Mutation> = position.map((length) => (frame) => {
  const spare = frame.length - MIN_FRAME_BYTES;
  return frame.subarray(0, MIN_FRAME_BYTES + (spare > 0 ? length % spare : 0));
});

const append: fc.Arbitrary<Mutation> = fc
  .uint8Array({ minLength: 1, maxLength: 64 })
  .map((bytes) => (frame) => Buffer.concat([frame, bytes]));

/** Repeats a piece (a tag, an extension header), or leaves it out where `to` is behind `from`. */
const splice: fc.Arbitrary<Mutation> = fc.tuple(position, position).map(
  ([from, to]) =>
    (frame) =>
      Buffer.concat([frame.subarray(0, from), frame.subarray(to)]),
);

/** Another frame's headers from somewhere on. */
const cross: fc.Arbitrary<Mutation> = fc.tuple(fc.constantFrom(...FRAMES), position).map(
  ([other, at]) =>
    (frame) =>
      Buffer.concat([frame.subarray(0, at), other.subarray(at)]),
);

const mutation = fc.oneof(
  { weight: 6, arbitrary: overwrite },
  { weight: 2, arbitrary: truncate },
  { weight: 1, arbitrary: append },
  { weight: 1, arbitrary: splice },
  { weight: 1, arbitrary: cross },
);

export const mutatedFrame: fc.Arbitrary<Buffer> = fc
  .tuple(fc.constantFrom(...FRAMES), fc.array(mutation, { minLength: 1, maxLength: 6 }))
  .map(([frame, mutations]) => mutations.reduce((bytes, mutate) => fit(mutate(bytes)), frame));

function fit(frame: Buffer): Buffer {
  const padding = Buffer.alloc(Math.max(0, MIN_FRAME_BYTES - frame.length));
  return Buffer.concat([frame, padding]).subarray(0, MAX_FRAME_BYTES);
}
