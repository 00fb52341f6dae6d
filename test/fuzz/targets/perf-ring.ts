// SPDX-License-Identifier: Apache-2.0
// The reader of perf rings: records of the kernel's, and memory that is damaged in any place.
import assert from 'node:assert/strict';
import { PerfRecordRing } from '../../../src/recorder/perf-record-ring.ts';
import { damage, isSound, SLOTS, WORDS, writeSound } from '../records.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';

const HEADER_BYTES = 2048;
const HEAD = 1024 / 8;
const TAIL = 1032 / 8;
const MOST_BYTES = 4096;
const SAMPLE = 9;
const SAMPLE_BYTES = 4 * WORDS + 4;
const MOST_DRAINS = 64;
const CPU = 5;

const whole = Buffer.from(new ArrayBuffer(HEADER_BYTES + MOST_BYTES));
const positions = new BigUint64Array(whole.buffer, 0, HEADER_BYTES / 8);
const data = new Uint32Array(whole.buffer, HEADER_BYTES);
const record = new Uint32Array(WORDS);
const sample = new Uint32Array(WORDS);

class Model {
  readonly ring: PerfRecordRing;
  readonly #mask: number;
  drains = 0;
  #read: bigint;
  #damagedRecords = 0;
  #damagedPositions = 0;

  constructor(script: Script) {
    const sizeBytes = 256 << (script.u8() % 5);
    this.#mask = sizeBytes / 4 - 1;
    // The kernel and we keep positions multiples of 8.
    this.#read = script.u64() & ~7n;
    positions[HEAD] = this.#read;
    positions[TAIL] = this.#read;
    this.ring = new PerfRecordRing(
      CPU,
      whole.subarray(0, HEADER_BYTES + sizeBytes),
      SLOTS,
      HEADER_BYTES,
    );
  }

  /** As perf_output_sample() writes one, whether or not there is room. */
  send(script: Script): void {
    const shape = script.u8();
    const body = shape % 16 === 0 ? 4 * (script.u8() % 40) : SAMPLE_BYTES;
    writeSound(record, 0, script, 0);
    if (shape % 8 === 1) {
      damage(record, 0, script);
    }
    const bytes = 8 + Math.ceil((4 + body) / 8) * 8;
    const head = positions[HEAD] as bigint;
    const at = Number(head & 0xffff_ffffn) >>> 2;
    data[at & this.#mask] = shape % 32 === 2 ? 2 : SAMPLE;
    data[(at + 1) & this.#mask] = bytes << 16;
    data[(at + 2) & this.#mask] = bytes - 12;
    for (let word = 0; word < WORDS; word++) {
      data[(at + 3 + word) & this.#mask] = record[word] as number;
    }
    positions[HEAD] = head + BigInt(bytes);
  }

  /** Any word of the data. */
  overwrite(script: Script): void {
    data[script.u16() & this.#mask] = (script.u8() & 1) === 0 ? script.u32() : script.u8() << 16;
  }

  drain(): void {
    this.drains++;
    const head = positions[HEAD] as bigint;
    this.#damagedPositions += Number(positions[TAIL] !== this.#read);
    const expected = this.#walk(head);
    let given = 0;
    const said = this.ring.drain((all, first, some, cpu) => {
      assert.equal(cpu, CPU);
      for (let one = 0; one < some; one++) {
        const at = expected[given++];
        assert.ok(at !== undefined, 'more records than are sound');
        for (let word = 0; word < WORDS; word++) {
          if (all[first + one * WORDS + word] !== data[(at + word) & this.#mask]) {
            assert.fail(`word ${word} is another`);
          }
        }
      }
    });
    assert.equal(given, expected.length);
    assert.equal(said, expected.length);
    this.#read = head;
    assert.equal(positions[TAIL], head);
    assert.equal(this.ring.damagedRecords, this.#damagedRecords);
    assert.equal(this.ring.damagedPositions, this.#damagedPositions);
  }

  /** Where the words of each record begin that a drain is to give. */
  #walk(head: bigint): number[] {
    const unread = BigInt.asIntN(64, head - this.#read);
    if (unread < 0n || unread > BigInt(4 * this.#mask + 4)) {
      this.#damagedPositions++;
      return [];
    }
    const start = Number(this.#read & 0xffff_ffffn) >>> 2;
    const found: number[] = [];
    let left = Number(unread);
    while (left > 0) {
      const at = (start + (Number(unread) - left) / 4) & this.#mask;
      const bytes = (data[(at + 1) & this.#mask] as number) >>> 16;
      if (bytes < 8 || bytes % 8 !== 0 || bytes > left || !this.#meet(at, bytes, found)) {
        this.#damagedPositions++;
        break;
      }
      left -= bytes;
    }
    return found;
  }

  /** False where a record is larger than what it is in. */
  #meet(at: number, bytes: number, found: number[]): boolean {
    if (data[at] !== SAMPLE) {
      return true;
    }
    const body = data[(at + 2) & this.#mask] as number;
    if (12 + body > bytes) {
      return false;
    }
    for (let word = 0; word < WORDS; word++) {
      sample[word] = data[(at + 3 + word) & this.#mask] as number;
    }
    if (body === SAMPLE_BYTES && isSound(sample, 0, SLOTS, 0)) {
      found.push((at + 3) & this.#mask);
    } else {
      this.#damagedRecords++;
    }
    return true;
  }
}

const STEPS: readonly ((model: Model, script: Script) => void)[] = [
  (model, script) => model.send(script),
  (model, script) => model.send(script),
  (model, script) => model.send(script),
  (model) => model.drain(),
  (model) => model.drain(),
  (model, script) => model.overwrite(script),
  (_, script) => {
    positions[HEAD] = (positions[HEAD] as bigint) + BigInt(8 * (script.u8() - 128));
  },
  (_, script) => {
    positions[script.u8() % 2 === 0 ? HEAD : TAIL] = script.u64();
  },
];

export const perfRing: Target = {
  name: 'perf-ring',
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
