// SPDX-License-Identifier: Apache-2.0
// Frames of the packet table, damaged in the ways that parsers fall for.
import fc from 'fast-check';
import type { Link } from '../../../src/kernel/device-program.ts';
import { extension, filler, fragment, mplsEntry, PPP, pppoe, vlan } from './packets.ts';
import { PACKET_TABLE } from './table.ts';

/** What surely fits one buffer. */
const MAX_FRAME_BYTES = 3400;

type Mutation = (frame: Buffer) => Buffer;

/** Most damage goes where the headers are. */
const position: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.nat(100) },
  { weight: 1, arbitrary: fc.nat(1513) },
);

/** Protocols, versions, parts of ethertypes and of PPPoE, and the ends of the range. */
const byte: fc.Arbitrary<number> = fc.oneof(
  fc.nat(255),
  fc.constantFrom(0, 1, 2, 6, 17, 43, 44, 50, 51, 58, 59, 60, 132, 135, 255),
  fc.constantFrom(0x08, 0x40, 0x45, 0x46, 0x4f, 0x60, 0x81, 0x86, 0x88, 0x91, 0xa8, 0xdd),
  fc.constantFrom(0x11, 0x21, 0x47, 0x48, 0x57, 0x64),
);

const overwrite: fc.Arbitrary<Mutation> = fc.tuple(position, byte).map(([at, value]) => (frame) => {
  if (frame.length === 0) {
    return Buffer.from([value]);
  }
  const mutated = Buffer.from(frame);
  mutated.writeUInt8(value, at % mutated.length);
  return mutated;
});

const truncate: fc.Arbitrary<Mutation> = position.map(
  (length) => (frame) => frame.subarray(0, length % (frame.length + 1)),
);

const append: fc.Arbitrary<Mutation> = fc
  .uint8Array({ minLength: 1, maxLength: 64 })
  .map((bytes) => (frame) => Buffer.concat([frame, bytes]));

/** Repeats a piece (a tag, an extension header), or leaves it out where `to` is behind `from`. */
const splice: fc.Arbitrary<Mutation> = fc.tuple(position, position).map(
  ([from, to]) =>
    (frame) =>
      Buffer.concat([frame.subarray(0, from), frame.subarray(to)]),
);

const NOTHING = filler(0);

/** Tags with their own type before them, labels, PPPoE and IPv6 headers, to go between two others. */
const PIECES: readonly Buffer[] = [
  ...[0x8100, 0x88a8, 0x9100].map((type) => vlan(0x0123, NOTHING, type)),
  ...[0x0800, 0x86dd, 0x8847, 0x8864].map((type) => vlan(type, NOTHING)),
  mplsEntry(77, false),
  mplsEntry(78, true),
  pppoe(PPP.ipv4, NOTHING, { length: 62 }),
  pppoe(PPP.ipv6, NOTHING, { length: 62 }),
  ...[0, 6, 43, 44, 60].map((next) => extension(next, NOTHING)),
  fragment(6, NOTHING, 0, true),
  fragment(60, NOTHING, 1, true),
];

/** Where headers begin. */
const seam = fc.constantFrom(0, 12, 14, 16, 18, 20, 22, 26, 34, 40, 54, 58);

const insert: fc.Arbitrary<Mutation> = fc.tuple(fc.constantFrom(...PIECES), seam).map(
  ([piece, at]) =>
    (frame) =>
      Buffer.concat([frame.subarray(0, at), piece, frame.subarray(at)]),
);

/** Another frame's headers from somewhere on. */
function cross(frames: readonly Buffer[]): fc.Arbitrary<Mutation> {
  return fc.tuple(fc.constantFrom(...frames), position).map(
    ([other, at]) =>
      (frame) =>
        Buffer.concat([frame.subarray(0, at), other.subarray(at)]),
  );
}

/** Of any length up to what fits one buffer, 0 included. */
export function mutatedFrame(link: Link): fc.Arbitrary<Buffer> {
  const frames = PACKET_TABLE.filter((packet) => packet.link === link)
    .map(({ frame }) => frame)
    .filter(({ length }) => length <= 1514);
  const mutation = fc.oneof(
    { weight: 6, arbitrary: overwrite },
    { weight: 2, arbitrary: truncate },
    { weight: 1, arbitrary: append },
    { weight: 1, arbitrary: splice },
    { weight: 1, arbitrary: insert },
    { weight: 1, arbitrary: cross(frames) },
  );
  return fc
    .tuple(fc.constantFrom(...frames), fc.array(mutation, { minLength: 1, maxLength: 6 }))
    .map(([frame, mutations]) =>
      mutations.reduce((bytes, mutate) => mutate(bytes).subarray(0, MAX_FRAME_BYTES), frame),
    );
}
