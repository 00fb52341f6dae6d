// SPDX-License-Identifier: Apache-2.0
// The reader of mapped rings, beside a writer that sends records and then writes anything anywhere.
import assert from 'node:assert/strict';
import { RECORD, RING } from '../../../src/kernel/layout.ts';
import { MappedRing } from '../../../src/recorder/mapped-ring.ts';
import { damage, isSound, SLOTS, WORDS, writeSound } from '../records.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';

const MOST_RECORDS = 64;
const MOST_DRAINS = 64;
const CPU = 3;

const whole = Buffer.from(new ArrayBuffer(RING.sizeBytes + MOST_RECORDS * RECORD.sizeBytes));
const positions = new BigUint64Array(whole.buffer, 0, RING.sizeBytes / 8);
const words = new Uint32Array(whole.buffer, RING.sizeBytes);
const HEAD = RING.offsets.head / 8;
const TAIL = RING.offsets.tail / 8;
/** Where in `words` the records begin that a drain is to give. */
const expected = new Int32Array(MOST_RECORDS);

/** What is known of a ring beside its memory. */
class Model {
  readonly records: number;
  readonly ring: MappedRing;
  drains = 0;
  #read: bigint;
  #damagedRecords = 0;
  #damagedPositions = 0;

  constructor(script: Script) {
    this.records = 2 << (script.u8() % 6);
    this.#read = script.u64();
    positions[HEAD] = this.#read;
    positions[TAIL] = this.#read;
    const memory = whole.subarray(0, RING.sizeBytes + this.records * RECORD.sizeBytes);
    this.ring = new MappedRing(CPU, memory, SLOTS);
  }

  drain(): void {
    this.drains++;
    const head = positions[HEAD] as bigint;
    this.#damagedPositions += Number(positions[TAIL] !== this.#read);
    const count = this.#expect(head);
    let given = 0;
    const said = this.ring.drain((all, first, some, cpu) => {
      assert.equal(cpu, CPU);
      for (let record = 0; record < some; record++) {
        assertSame(all, first + record * WORDS, expected[given++] ?? -1);
      }
    });
    assert.equal(given, count);
    assert.equal(said, count);
    this.#read = head;
    assert.equal(positions[TAIL], head);
    assert.equal(this.ring.damagedRecords, this.#damagedRecords);
    assert.equal(this.ring.damagedPositions, this.#damagedPositions);
  }

  /** Fills in `expected`. */
  #expect(head: bigint): number {
    const unread = BigInt.asIntN(64, head - this.#read);
    if (unread < 0n || unread >= BigInt(this.records)) {
      this.#damagedPositions++;
      return 0;
    }
    const first = Number(this.#read & 0xffff_ffffn);
    let count = 0;
    for (let record = 0; record < Number(unread); record++) {
      const position = (first + record) >>> 0;
      const at = (position % this.records) * WORDS;
      if (isSound(words, at, SLOTS, position)) {
        expected[count++] = at;
      } else {
        this.#damagedRecords++;
      }
    }
    return count;
  }
}

function assertSame(all: Uint32Array, first: number, at: number): void {
  assert.ok(at >= 0, 'more records than are sound');
  for (let word = 0; word < WORDS; word++) {
    if (all[first + word] !== words[at + word]) {
      assert.fail(`word ${word} is another`);
    }
  }
}

function send({ records }: Model, script: Script): void {
  for (let left = 1 + (script.u8() % 8); left > 0; left--) {
    const head = positions[HEAD] as bigint;
    const position = Number(head & 0xffff_ffffn);
    writeSound(words, (position % records) * WORDS, script, position);
    positions[HEAD] = head + 1n;
  }
}

const STEPS: readonly ((model: Model, script: Script) => void)[] = [
  send,
  send,
  send,
  send,
  (model) => model.drain(),
  (model) => model.drain(),
  (model) => model.drain(),
  ({ records }, script) => damage(words, (script.u8() % records) * WORDS, script),
  ({ records }, script) => damage(words, (script.u8() % records) * WORDS, script),
  (_, script) => whole.set(script.take(16), RING.sizeBytes + (script.u16() % 2048)),
  (_, script) => {
    positions[HEAD] = (positions[HEAD] as bigint) + BigInt(script.u8() - 128);
  },
  (_, script) => {
    positions[script.u8() % 2 === 0 ? HEAD : TAIL] = script.u64();
  },
  (_, script) => {
    positions[TAIL] = (positions[TAIL] as bigint) + BigInt(script.u8() - 128);
  },
];

export const mappedRing: Target = {
  name: 'mapped-ring',
  maxBytes: 1024,
  run(input) {
    const script = new Script(input);
    const model = new Model(script);
    while (!script.isOver && model.drains < MOST_DRAINS) {
      STEPS[script.u8() % STEPS.length]?.(model, script);
    }
    model.drain();
    return model.drains;
  },
};
