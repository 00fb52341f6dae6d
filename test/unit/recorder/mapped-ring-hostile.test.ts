// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RECORD, RING } from '../../../src/kernel/layout.ts';
import { DamagedRing, RECORDS } from './damaged-ring.ts';

describe('MappedRing beside a process that writes whatever it likes', () => {
  type Step = (damaged: DamagedRing) => void;
  const send = fc.nat(2 * RECORDS).map(
    (packets): Step =>
      ({ program }) =>
        program.send(packets),
  );
  const position = fc.oneof(
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.bigInt({ min: -20n, max: 20n }),
  );
  const head = position.map(
    (distance): Step =>
      ({ program }) => {
        program.head += distance;
      },
  );
  const tail = position.map(
    (distance): Step =>
      ({ program }) => {
        program.tail += distance;
      },
  );
  const bytes = fc
    .tuple(fc.nat(RECORDS * RECORD.sizeBytes - 1), fc.uint8Array({ maxLength: 80 }))
    .map(
      ([at, data]): Step =>
        ({ program }) => {
          program.memory.set(data.slice(0, RECORDS * RECORD.sizeBytes - at), RING.sizeBytes + at);
        },
    );
  const drain = fc.constant<Step>((damaged) => {
    const before = damaged.taken.ids.length;
    assert.equal(damaged.drain(), damaged.taken.ids.length - before);
    assert.ok(damaged.taken.ids.length - before < RECORDS);
  });
  const start = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const steps = (...kinds: readonly fc.Arbitrary<Step>[]) =>
    fc.array(fc.oneof(...kinds), { maxLength: 40 });

  it('never throws, takes no more than the ring holds, and is in step after one drain', () => {
    fc.assert(
      fc.property(start, steps(send, drain, head, tail, bytes), (first, play) => {
        const damaged = new DamagedRing(first);
        for (const apply of play) {
          apply(damaged);
        }
        damaged.drain();
        damaged.assertInStep();
      }),
      { numRuns: 2000 },
    );
  });

  it('takes each record of the program, or counts a damage, where only records are written to', () => {
    fc.assert(
      fc.property(start, steps(send, drain, bytes), (first, play) => {
        const damaged = new DamagedRing(first);
        for (const apply of [...play, (last: DamagedRing) => last.drain()]) {
          apply(damaged);
        }
        const { taken, program } = damaged;
        assert.equal(taken.ids.length + damaged.damages[0], program.sent.length);
        assert.equal(damaged.damages[1], 0);
      }),
      { numRuns: 500 },
    );
  });

  it('counts a damage at each drain that finds the head or the tail where nobody of ours put it', () => {
    const far = fc.bigInt({ min: BigInt(RECORDS), max: 2n ** 64n - BigInt(RECORDS) });
    fc.assert(
      fc.property(start, fc.array(fc.tuple(fc.nat(8), far, fc.boolean())), (first, rounds) => {
        const damaged = new DamagedRing(first);
        for (const [packets, distance, isHead] of rounds) {
          damaged.program.send(packets);
          if (isHead) {
            damaged.program.head = damaged.program.tail + distance;
          } else {
            damaged.program.tail += distance;
          }
          const [, before] = damaged.damages;
          damaged.drain();
          assert.equal(damaged.damages[1], before + 1);
          assert.equal(damaged.damages[0], 0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
