// SPDX-License-Identifier: Apache-2.0
// giveSound: which of many records are sound, of any slots, at any position.
import assert from 'node:assert/strict';
import { giveSound } from '../../../src/recorder/record.ts';
import { damage, isSound, WORDS, writeSound } from '../records.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';

const MOST = 600;
const words = new Uint32Array(MOST * WORDS);

export const records: Target = {
  name: 'records',
  maxBytes: 1024,
  run(input) {
    const script = new Script(input);
    const slots = 1 + (script.u8() % 8);
    const step = (script.u8() & 1) as 0 | 1;
    const position = script.u32();
    // Some are written many times: rows are longer than inputs.
    const copies = 1 + (script.u8() % 16);
    let count = 0;
    while (!script.isOver && count + copies <= MOST) {
      const isDamaged = script.u8() % 8 === 0;
      for (let copy = 0; copy < copies; copy++) {
        writeSound(words, count * WORDS, script, (position + step * count) >>> 0);
        count++;
      }
      if (isDamaged) {
        damage(words, (count - 1) * WORDS, script);
      }
    }
    const isAt = (record: number) =>
      isSound(words, record * WORDS, slots, (position + step * record) >>> 0);
    let next = 0;
    let left = 0;
    const skip = () => {
      for (; next < count && !isAt(next); next++) {
        left++;
      }
    };
    const damaged = giveSound(words, 0, count, { slots, position, step }, (all, first, some) => {
      assert.ok(all === words && some > 0);
      for (let record = 0; record < some; record++) {
        skip();
        assert.equal(first / WORDS + record, next);
        next++;
      }
    });
    skip();
    assert.equal(next, count);
    assert.equal(damaged, left);
    return undefined;
  },
};
