// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORD } from '../../../src/kernel/layout.ts';
import { DamagedRing, RECORDS } from './damaged-ring.ts';
import { type FakeProgram, range, SLOTS } from './fake-program.ts';

const STARTS = [0n, 9n, 2n ** 32n - 3n, 2n ** 64n - 3n];

describe('MappedRing over a damaged head', () => {
  const heads: Readonly<Record<string, (program: FakeProgram) => void>> = {
    'behind the tail': (program) => {
      program.head -= 7n;
    },
    'as far away as the ring is large': (program) => {
      program.head = program.tail + BigInt(RECORDS);
    },
    'far ahead': (program) => {
      program.head += 2n ** 40n;
    },
    'half of all positions away': (program) => {
      program.head += 2n ** 63n;
    },
  };
  for (const [name, damage] of Object.entries(heads)) {
    it(`counts a head ${name}, takes nothing and goes on there`, () => {
      for (const start of STARTS) {
        const damaged = new DamagedRing(start);
        damaged.program.send(5);
        damage(damaged.program);
        assert.equal(damaged.drain(), 0);
        assert.deepEqual(damaged.damages, [0, 1]);
        assert.equal(damaged.ring.fill, 0, 'nor has it the interval raised');
        assert.equal(damaged.program.tail, damaged.program.head);
        damaged.assertInStep();
      }
    });
  }

  it('leaves out each place that a head leads to and nobody wrote', () => {
    for (const start of STARTS) {
      for (const rounds of [0, 1, 3]) {
        const damaged = new DamagedRing(start);
        for (let round = 0; round < rounds * 2; round++) {
          damaged.program.send(RECORDS / 2);
          damaged.drain();
        }
        damaged.program.send(4);
        damaged.program.head += 7n;
        const before = damaged.taken.ids.length;
        assert.equal(damaged.drain(), 4);
        assert.equal(damaged.taken.ids.length - before, 4);
        assert.deepEqual(damaged.damages, [7, 0]);
        damaged.assertInStep();
      }
    }
  });
});

describe('MappedRing over a damaged tail', () => {
  for (const change of [-3n, 3n, 2n ** 63n]) {
    it(`sets a tail right that was changed by ${change}, and reads on where it was`, () => {
      for (const start of STARTS) {
        const damaged = new DamagedRing(start);
        damaged.program.send(5);
        damaged.program.tail += change;
        assert.equal(damaged.drain(), 5);
        assert.deepEqual(damaged.taken.ids, range(0, 5));
        assert.deepEqual(damaged.damages, [0, 1]);
        damaged.assertInStep();
      }
    });
  }

  it('counts a tail that was changed while nothing was sent', () => {
    const damaged = new DamagedRing();
    damaged.program.tail = 77n;
    assert.equal(damaged.drain(), 0);
    assert.equal(damaged.program.tail, 0n);
    assert.deepEqual(damaged.damages, [0, 1]);
    damaged.assertInStep();
  });

  it('counts a tail that was changed in the middle of a drain', () => {
    const damaged = new DamagedRing();
    damaged.program.send(5);
    damaged.ring.drain(() => {
      damaged.program.tail = 77n;
    });
    assert.deepEqual(damaged.damages, [0, 1]);
    damaged.assertInStep();
  });

  it('counts what a program wrote over since a tail let it', () => {
    const damaged = new DamagedRing();
    damaged.program.send(RECORDS - 1);
    damaged.program.tail = 10n;
    damaged.program.send(10);
    assert.equal(damaged.drain(), 0);
    assert.deepEqual(damaged.damages, [0, 2], 'the tail, and a head that is out of reach');
    damaged.assertInStep();
  });
});

describe('MappedRing over damaged records', () => {
  const { weight, slot, class: kind, mark } = RECORD.offsets;
  const fields: Readonly<Record<string, (record: Buffer) => void>> = {
    'of another position': (record) => record.writeUInt16LE(record.readUInt16LE(mark) ^ 1, mark),
    'of a slot that there is not': (record) => record.writeUInt16LE(SLOTS, slot),
    'of no weight': (record) => record.writeUInt32LE(0, weight),
    'of an action that there is not': (record) =>
      record.writeUInt8(record.readUInt8(kind) | 7, kind),
    'of a family that there is not': (record) =>
      record.writeUInt8(record.readUInt8(kind) | (3 << 3), kind),
  };
  for (const [name, damage] of Object.entries(fields)) {
    it(`leaves out a record ${name}, and takes those around it`, () => {
      for (const at of [0, 2, 4]) {
        const damaged = new DamagedRing(13n);
        damaged.program.send(5);
        damage(damaged.program.place(13n + BigInt(at)));
        assert.equal(damaged.drain(), 4);
        assert.deepEqual(
          damaged.taken.ids,
          range(0, 5).filter((id) => id !== at),
        );
        assert.deepEqual(damaged.damages, [1, 0]);
        damaged.assertInStep();
      }
    });
  }
});
