// SPDX-License-Identifier: Apache-2.0
// Makes inputs of others: by flipped bits, other bytes, words of a dictionary, cuts, repetitions and splices.
import type { Random } from './random.ts';

/** At which lengths, counts and signs change, as bytes, words of two and words of four. */
const EDGES: readonly number[] = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 32_767, 32_768, 65_535, 65_536,
  0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];
const MOST_MUTATIONS = 6;
/** One input in so many has nothing of the corpus. */
const RANDOM_EVERY = 64;

/** What a mutator may use. */
export interface Material {
  readonly random: Random;
  /** One at least. */
  readonly corpus: readonly Buffer[];
  readonly dictionary: readonly Buffer[];
  readonly maxBytes: number;
}

type Mutator = (input: Buffer, material: Material) => Buffer;

/** Bytes in the place of others. */
function replace(input: Buffer, start: number, end: number, put: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, start), put, input.subarray(end)]);
}

/** A part of it: the place where it begins, and where it ends. */
function part(input: Buffer, random: Random): readonly [number, number] {
  const start = random.below(input.length + 1);
  const rest = input.length - start;
  return [start, start + random.below(Math.min(rest, 64) + 1)];
}

function flipBit(input: Buffer, { random }: Material): Buffer {
  const bit = random.below(8 * input.length);
  const changed = Buffer.from(input);
  changed.writeUInt8((changed[bit >> 3] as number) ^ (1 << (bit & 7)), bit >> 3);
  return changed;
}

function setByte(input: Buffer, { random }: Material): Buffer {
  const changed = Buffer.from(input);
  changed.writeUInt8(random.below(256), random.below(input.length));
  return changed;
}

function setEdge(input: Buffer, { random }: Material): Buffer {
  const size = random.pick([1, 2, 4].filter((bytes) => bytes <= input.length));
  const changed = Buffer.from(input);
  const value = random.pick(EDGES) % 2 ** (8 * size);
  changed.writeUIntLE(value, random.below(input.length - size + 1), size);
  return changed;
}

function insertWord(input: Buffer, { random, dictionary }: Material): Buffer {
  const word = dictionary.length === 0 ? randomBytes(random, 8) : random.pick(dictionary);
  const at = random.below(input.length + 1);
  return replace(input, at, at, word);
}

function overwriteByWord(input: Buffer, material: Material): Buffer {
  const { random, dictionary } = material;
  const word = dictionary.length === 0 ? randomBytes(random, 8) : random.pick(dictionary);
  return replace(input, ...part(input, random), word);
}

function remove(input: Buffer, { random }: Material): Buffer {
  return replace(input, ...part(input, random), Buffer.alloc(0));
}

function repeat(input: Buffer, { random }: Material): Buffer {
  const [start, end] = part(input, random);
  const times = 1 + random.below(16);
  return replace(input, end, end, Buffer.concat(Array(times).fill(input.subarray(start, end))));
}

function splice(input: Buffer, { random, corpus }: Material): Buffer {
  const other = random.pick(corpus);
  const [start, end] = part(other, random);
  return replace(input, ...part(input, random), other.subarray(start, end));
}

function cross(input: Buffer, { random, corpus }: Material): Buffer {
  const other = random.pick(corpus);
  const end = input.subarray(0, random.below(input.length + 1));
  return Buffer.concat([end, other.subarray(random.below(other.length + 1))]);
}

function cut(input: Buffer, { random }: Material): Buffer {
  return input.subarray(0, random.below(input.length + 1));
}

const MUTATORS: readonly Mutator[] = [
  flipBit,
  flipBit,
  setByte,
  setByte,
  setEdge,
  insertWord,
  overwriteByWord,
  remove,
  repeat,
  splice,
  cross,
  cut,
];

/** Of up to so many bytes. */
export function randomBytes(random: Random, most: number): Buffer {
  const bytes = Buffer.alloc(random.below(most + 1));
  for (let at = 0; at < bytes.length; at++) {
    bytes[at] = random.next();
  }
  return bytes;
}

/** The next input. */
export function makeInput(material: Material): Buffer {
  const { random, corpus, maxBytes } = material;
  if (random.below(RANDOM_EVERY) === 0) {
    return randomBytes(random, maxBytes);
  }
  let input = random.pick(corpus);
  for (let left = 1 + random.below(MOST_MUTATIONS); left > 0; left--) {
    const mutate = input.length === 0 ? insertWord : random.pick(MUTATORS);
    input = mutate(input, material).subarray(0, maxBytes);
  }
  return input;
}
