// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RECORD } from '../../../src/kernel/layout.ts';
import { giveSound, RECORD_WORDS } from '../../../src/recorder/record.ts';
import { range, SLOTS, writeRecord } from './fake-program.ts';

const { weight, slot, class: kind, mark, time, source, vlan } = RECORD.offsets;

/** Sound records from `position` on, with so many words before the first. */
function recordsAt(count: number, position: bigint, first = 0): Buffer {
  const memory = Buffer.from(new ArrayBuffer(first * 4 + count * RECORD.sizeBytes));
  for (const id of range(0, count)) {
    writeRecord(recordOf(memory, id, first), id, position + BigInt(id));
  }
  return memory;
}

function recordOf(memory: Buffer, index: number, first = 0): Buffer {
  return memory.subarray(first * 4 + index * RECORD.sizeBytes);
}

/** The ids in the runs that were given, and how many were damaged. */
function give(memory: Buffer, count: number, position: bigint, step: 0 | 1 = 1, first = 0) {
  const words = new Uint32Array(memory.buffer, memory.byteOffset, memory.length / 4);
  const runs: number[][] = [];
  const soundness = { slots: SLOTS, position: Number(BigInt.asUintN(32, position)), step };
  const damaged = giveSound(words, first, count, soundness, (given, from, size) => {
    assert.equal(given, words);
    assert.equal((from - first) % RECORD_WORDS, 0);
    runs.push(range(0, size).map((index) => given[from + index * RECORD_WORDS] as number));
  });
  return { runs, damaged };
}

describe('giveSound', () => {
  it('gives all in one run where all are sound, wherever they begin', () => {
    for (const first of [0, 16, 160]) {
      const memory = recordsAt(9, 5n, first);
      assert.deepEqual(give(memory, 9, 5n, 1, first), { runs: [range(0, 9)], damaged: 0 });
    }
  });

  it('gives nothing of none', () => {
    assert.deepEqual(give(recordsAt(1, 0n), 0, 0n), { runs: [], damaged: 0 });
  });

  it('gives what lies between the damaged ones, run by run', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 600 }), (sound) => {
        const memory = recordsAt(sound.length, 77n);
        const expected: number[] = [];
        for (const [id, isSound] of sound.entries()) {
          if (isSound) {
            expected.push(id);
          } else {
            recordOf(memory, id).writeUInt32LE(0, weight);
          }
        }
        const { runs, damaged } = give(memory, sound.length, 77n);
        assert.deepEqual(runs.flat(), expected);
        assert.ok(runs.every((run) => run.length > 0));
        assert.equal(damaged, sound.length - expected.length);
      }),
    );
  });

  it('knows the marks of all positions', () => {
    for (const position of [0n, 0xfffen, 0x1_0000n, 0x7fff_fffen, 0xffff_fffen, 2n ** 63n - 2n]) {
      assert.equal(give(recordsAt(4, position), 4, position).damaged, 0, `${position}`);
    }
  });

  it('tells a record from that of any other round of the ring', () => {
    for (const records of [2, 64, 1 << 15, 1 << 16, 1 << 17, 1 << 24]) {
      for (const position of [0x1_0000n, 0x8_0000n, 0xffff_0000n, 0x1_0000_0000n]) {
        const memory = recordsAt(1, position);
        for (const rounds of [-1n, 1n]) {
          const other = position + rounds * BigInt(records);
          assert.equal(give(memory, 1, other).damaged, 1, `${records} records, ${position}`);
        }
      }
    }
  });

  it('expects no marks of records without positions', () => {
    const memory = recordsAt(3, 0n);
    assert.equal(give(memory, 3, 0n, 0).damaged, 2);
    for (const id of range(0, 3)) {
      recordOf(memory, id).writeUInt16LE(0, mark);
    }
    assert.deepEqual(give(memory, 3, 0n, 0), { runs: [range(0, 3)], damaged: 0 });
  });

  const damages: Readonly<Record<string, (record: Buffer) => unknown>> = {
    'the first slot that there is not': (record) => record.writeUInt16LE(SLOTS, slot),
    'the last slot of all': (record) => record.writeUInt16LE(0xffff, slot),
    'a weight of 0': (record) => record.writeUInt32LE(0, weight),
    'action 6': (record) => record.writeUInt8(6, kind),
    'action 7': (record) => record.writeUInt8(7, kind),
    'family 3': (record) => record.writeUInt8(3 << 3, kind),
    'one bit of the mark': (record) =>
      record.writeUInt16LE(record.readUInt16LE(mark) ^ 0x8000, mark),
    'nothing but zeroes': (record) => record.fill(0, 0, RECORD.sizeBytes),
    'nothing but ones': (record) => record.fill(0xff, 0, RECORD.sizeBytes),
  };
  for (const [name, damage] of Object.entries(damages)) {
    it(`leaves out a record with ${name}`, () => {
      const memory = recordsAt(3, 0n);
      damage(recordOf(memory, 1));
      assert.deepEqual(give(memory, 3, 0n), { runs: [[0], [2]], damaged: 1 });
    });
  }

  const values: Readonly<Record<string, (record: Buffer) => unknown>> = {
    'the last slot that there is': (record) => record.writeUInt16LE(SLOTS - 1, slot),
    'the largest weight': (record) => record.writeUInt32LE(0xffff_ffff, weight),
    'every action that there is': (record) => record.writeUInt8(5, kind),
    'the last family and reason': (record) => record.writeUInt8((2 << 3) | (7 << 5), kind),
    'any time, address and tag': (record) => {
      record.fill(0xff, time, time + 8);
      record.fill(0xff, source + 4, source + 32);
      record.fill(0xff, vlan, vlan + 6);
    },
  };
  for (const [name, change] of Object.entries(values)) {
    it(`takes a record with ${name}`, () => {
      const memory = recordsAt(3, 0n);
      change(recordOf(memory, 1));
      assert.deepEqual(give(memory, 3, 0n), { runs: [[0, 1, 2]], damaged: 0 });
    });
  }
});
