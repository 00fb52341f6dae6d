// SPDX-License-Identifier: Apache-2.0
// Mutated frames: the parser in the kernel and the reference parser must agree on every field of every record.
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { FAMILIES, MALFORMED_REASONS } from '../../src/snapshot/packet-class.ts';
import { expectedCounters } from './packet-table/expected-counters.ts';
import { MIN_FRAME_BYTES } from './packet-table/frame-runner.ts';
import { mutatedFrame } from './packet-table/mutations.ts';
import type { ParsedPacket } from './packet-table/packet-case.ts';
import {
  MOST_RECORDS,
  ParserUnderTest,
  SLOT,
  type Variant,
} from './packet-table/parser-under-test.ts';
import { parseFrame } from './packet-table/reference-parser.ts';
import { CAN_SHORTEN, nameOf, VARIANTS } from './packet-table/variants.ts';
import { skipUnlessRoot } from './support/root.ts';

const XDP_PASS = 2;
const ADDED = { action: XDP_PASS, weight: 1, slot: SLOT, rxQueue: 0 };

/** Over all variants. XDP_MUTATED_FRAMES asks for another number. */
const FRAMES = Number(process.env['XDP_MUTATED_FRAMES'] ?? 200_000);

/** Frames from one drain of the ring to the next. */
const BATCH = Math.min(500, MOST_RECORDS);
const ROUNDS = Math.ceil(FRAMES / VARIANTS.length / BATCH);

/** A frame, and how much of it is linear: 0 is as little as can be. */
type Mutant = readonly [Buffer, number];

describe('the packet parser, fed mutated frames', { skip: skipUnlessRoot }, () => {
  const [cpu = 0] = readCpuMask('online');
  const families = new Set<string>();
  const reasons = new Set<string>();
  let agreed = 0;

  before(() => pinThread(cpu));

  for (const variant of VARIANTS) {
    test(`passes all and agrees with the reference in every field: ${nameOf(variant)}`, (t) => {
      const parser = new ParserUnderTest(variant, cpu);
      t.after(() => parser.close());
      const packets: ParsedPacket[] = [];
      const mutants = fc.array(
        fc.tuple(mutatedFrame(variant.link), fc.double({ min: 0, max: 1, noNaN: true })),
        { minLength: BATCH, maxLength: BATCH },
      );
      const property = fc.property(mutants, (batch) => {
        packets.push(...checkBatch(parser, batch));
      });
      fc.assert(property, { numRuns: ROUNDS, endOnFailure: true });
      assert.equal(packets.length, ROUNDS * BATCH);
      assert.deepEqual(parser.counters(), expectedCounters(packets));
      agreed += packets.length;
      for (const { family, malformed } of packets) {
        families.add(family);
        reasons.add(malformed);
      }
    });
  }

  test('the frames were of every family and malformed for every reason', (t) => {
    t.diagnostic(`${agreed} frames, in ${VARIANTS.length} variants of the program`);
    assert.deepEqual(families, new Set(FAMILIES));
    assert.deepEqual(reasons, new Set(MALFORMED_REASONS));
  });
});

/** Gives what was expected, and found. */
function checkBatch(parser: ParserUnderTest, batch: readonly Mutant[]): ParsedPacket[] {
  const { variant } = parser;
  const frames = batch.map(([frame]) => fit(frame, variant));
  const expected = frames.map((frame) => parseFrame(frame, variant.link));
  frames.forEach((frame, index) => {
    const linearBytes = linearOf(frame, batch[index]?.[1] ?? 1, variant);
    assert.equal(parser.run(frame, linearBytes), XDP_PASS, frame.toString('hex'));
  });
  const records = parser.takeRecords();
  assert.equal(records.length, frames.length);
  frames.forEach((frame, index) => {
    const record = { ...expected[index], ...ADDED };
    if (!isDeepStrictEqual(records[index], record)) {
      assert.deepEqual(records[index], record, `frame ${frame.toString('hex')}`);
    }
  });
  return expected;
}

/** Only a program for single buffers can be given less than an Ethernet header, by way of its linear part. */
function fit(frame: Buffer, { source }: Variant): Buffer {
  const least = source === 'linear' && CAN_SHORTEN ? 0 : MIN_FRAME_BYTES;
  return frame.length < least ? Buffer.concat([frame, Buffer.alloc(least - frame.length)]) : frame;
}

function linearOf(frame: Buffer, part: number, { source }: Variant): number {
  return source === 'linear' || !CAN_SHORTEN ? frame.length : Math.floor(part * frame.length);
}
