// SPDX-License-Identifier: Apache-2.0
// A program, its ring and the reader of it, beside a test that writes to the same memory.
import assert from 'node:assert/strict';
import { MappedRing } from '../../../src/recorder/mapped-ring.ts';
import { FakeProgram, range, SLOTS, Taken } from './fake-program.ts';

/** Places in the ring. */
export const RECORDS = 16;

export class DamagedRing {
  readonly program: FakeProgram;
  readonly ring: MappedRing;
  readonly taken = new Taken();

  constructor(start = 0n) {
    this.program = new FakeProgram(RECORDS, start);
    this.ring = new MappedRing(0, this.program.memory, SLOTS);
  }

  drain(): number {
    return this.ring.drain(this.taken.take);
  }

  get damages(): readonly [records: number, positions: number] {
    return [this.ring.damagedRecords, this.ring.damagedPositions];
  }

  /** From here on all is read, and nothing else is damaged. */
  assertInStep(): void {
    const { damages } = this;
    for (const packets of [1, RECORDS - 1, 5, RECORDS - 1]) {
      const before = this.program.sent.length;
      this.taken.ids.length = 0;
      this.program.send(packets);
      assert.equal(this.drain(), packets);
      assert.deepEqual(this.taken.ids, range(before, before + packets));
    }
    assert.deepEqual(this.damages, damages);
    assert.equal(this.program.tail, this.program.head);
  }
}
