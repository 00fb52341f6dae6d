// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RECORD } from '../../../src/kernel/layout.ts';
import { giveSound, RECORD_WORDS } from '../../../src/recorder/record.ts';

const SLOTS = 300;
const { offsets, sizeBytes } = RECORD;

interface Fields {
  readonly slot: number;
  readonly weight: number;
  readonly action: number;
  readonly family: number;
  readonly malformed: number;
  /** Added to the mark that the position wants. */
  readonly markError: number;
}

const SOUND: Fields = { slot: 0, weight: 1, action: 2, family: 1, malformed: 0, markError: 0 };

/** As position_mark() in bpf/ring.h. */
function markOf(position: number): number {
  return (position ^ (position >>> 16)) & 0xffff;
}

/** Records from `position` on; every field that is not given is hostile. */
function encode(records: readonly Fields[], position: number, step: 0 | 1): Uint32Array {
  const bytes = Buffer.alloc(records.length * sizeBytes, 0xff);
  for (const [index, { slot, weight, action, family, malformed, markError }] of records.entries()) {
    const record = bytes.subarray(index * sizeBytes, (index + 1) * sizeBytes);
    record.writeUInt32LE(weight, offsets.weight);
    record.writeUInt16LE(slot, offsets.slot);
    record.writeUInt8(action | (family << 3) | (malformed << 5), offsets.class);
    const mark = (markOf((position + step * index) >>> 0) + markError) & 0xffff;
    record.writeUInt16LE(mark, offsets.mark);
  }
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** Which records were given, and how many were said to be damaged. */
function give(records: readonly Fields[], position = 0, step: 0 | 1 = 1) {
  const words = encode(records, position, step);
  const given: number[] = [];
  const damaged = giveSound(
    words,
    0,
    records.length,
    { slots: SLOTS, position, step },
    (all, first, count) => {
      assert.equal(all, words);
      assert.ok(count > 0);
      for (let record = 0; record < count; record++) {
        given.push(first / RECORD_WORDS + record);
      }
    },
  );
  return { given, damaged };
}

function isSound({ slot, weight, action, family, markError }: Fields): boolean {
  return slot < SLOTS && weight > 0 && action <= 5 && family <= 2 && markError === 0;
}

describe('giveSound', () => {
  const fields = fc.record({
    slot: fc.oneof({ weight: 20, arbitrary: fc.nat(SLOTS - 1) }, fc.nat(0xffff)),
    weight: fc.oneof(
      { weight: 20, arbitrary: fc.integer({ min: 1, max: 0xffff_ffff }) },
      fc.constant(0),
    ),
    action: fc.oneof({ weight: 20, arbitrary: fc.nat(5) }, fc.nat(7)),
    family: fc.oneof({ weight: 20, arbitrary: fc.nat(2) }, fc.constant(3)),
    malformed: fc.nat(7),
    markError: fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, fc.nat(0xffff)),
  });
  const position = fc.oneof(
    fc.nat(0xffff_ffff),
    fc.constantFrom(0, 0x7fff_fff0, 0x8000_0000, 0xffff_fff0),
  );

  it('gives each sound record once and in order, and counts the others', () => {
    fc.assert(
      fc.property(
        fc.array(fields, { maxLength: 40 }),
        position,
        fc.constantFrom(0, 1),
        (records, start, step) => {
          const { given, damaged } = give(records, start, step);
          const sound = [...records.keys()].filter((index) => isSound(records[index] ?? SOUND));
          assert.deepEqual(given, sound);
          assert.equal(damaged, records.length - sound.length);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('gives long rows of records with damaged ones in any place', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1100 }),
        fc.array(fc.nat(1100), { maxLength: 5 }),
        (count, broken) => {
          const records = Array.from({ length: count }, (_, index) =>
            broken.includes(index) ? { ...SOUND, slot: SLOTS } : SOUND,
          );
          const { given, damaged } = give(records, 0xffff_ff00);
          assert.deepEqual(
            given,
            [...records.keys()].filter((index) => !broken.includes(index)),
          );
          assert.equal(given.length + damaged, count);
        },
      ),
    );
  });

  it('tells a record of the last round of a ring from one of this', () => {
    for (const records of [64, 4096, 65_536]) {
      const words = encode([SOUND], records * 5 + 3, 1);
      const soundness = { slots: SLOTS, position: records * 6 + 3, step: 1 } as const;
      assert.equal(
        giveSound(words, 0, 1, soundness, () => assert.fail('was given')),
        1,
      );
    }
  });

  it('gives nothing of no records', () => {
    assert.deepEqual(give([]), { given: [], damaged: 0 });
  });
});
