// SPDX-License-Identifier: Apache-2.0
// What of a copy needs no kernel: finding its functions. That the kernel takes copies, test/vm shows.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { describeFunctions, functionStarts } from '../../../src/kernel/program-copy.ts';

/** struct bpf_insn: opcode, source and destination register, offset, value. */
function instruction(opcode: number, source = 0, value = 0): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(opcode);
  bytes.writeUInt8(source << 4, 1);
  bytes.writeInt32LE(value, 4);
  return bytes;
}

const EXIT = instruction(0x95);
const callFunction = (distance: number) => instruction(0x85, 1, distance);
const CALL_HELPER = instruction(0x85, 0, 3);

describe('functionStarts', () => {
  it('finds each function that is called once, forwards and backwards, and no helper', () => {
    const program = [
      callFunction(5),
      CALL_HELPER,
      callFunction(3),
      EXIT,
      callFunction(1),
      EXIT,
      callFunction(-3),
      EXIT,
    ];
    assert.deepEqual(functionStarts(Buffer.concat(program)), [0, 4, 6]);
  });

  it('begins with the main function, also where it is alone', () => {
    assert.deepEqual(functionStarts(EXIT), [0]);
  });
});

describe('describeFunctions', () => {
  const words = (described: Buffer) =>
    Array.from({ length: described.length / 4 }, (_, index) => described.readUInt32LE(4 * index));

  it('has a start and a type for each', () => {
    assert.deepEqual(words(describeFunctions([0, 4, 6], [11, 13, 12])), [0, 11, 4, 13, 6, 12]);
  });

  it('gives functions that are never called, which the kernel has dropped, the type of the main one', () => {
    assert.deepEqual(words(describeFunctions([0, 4, 6], [11])), [0, 11, 4, 11, 6, 11]);
  });

  it('refuses to guess', () => {
    assert.throws(() => describeFunctions([0, 4, 6], [11, 13]), /has 3, the kernel knows 2$/);
    assert.throws(() => describeFunctions([0], []), /has 1, the kernel knows 0$/);
  });
});
