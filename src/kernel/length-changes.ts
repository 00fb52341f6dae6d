// SPDX-License-Identifier: Apache-2.0
// Whether another's program can change the length of a frame, by what it calls.
import { BpfObject } from './object.ts';
import { readInstructions } from './program-info.ts';

const PROGRAM = 'length_changes';

/** struct bpf_insn in linux/bpf.h, and BPF_JMP | BPF_CALL. */
const INSTRUCTION = { sizeBytes: 8, registers: 1, immediate: 4 } as const;
const CALL = 0x85;
/** BPF_FUNC_tail_call: all that the kernel tells of one. */
const TAIL_CALL = 12;

/** Needs CAP_BPF. */
export class LengthChanges {
  /** How this kernel writes calls of the helpers that change a frame's length. */
  readonly #helpers: ReadonlySet<number>;

  /** Throws what `BpfObject` throws. */
  constructor(objectPath: string) {
    const object = new BpfObject(objectPath);
    try {
      object.load(PROGRAM);
      const instructions = readInstructions(object.program(PROGRAM).fd);
      this.#helpers = new Set([...callsOf(instructions)].map(({ immediate }) => immediate));
    } finally {
      object.close();
    }
  }

  /**
   * False only where the program surely leaves the length alone. Functions may be replaced while it runs, and what a
   * tail call leads to is anything. Without CAP_SYSLOG the kernel does not say which helper is called.
   */
  mayHappenIn(programFd: number): boolean {
    const instructions = readInstructions(programFd);
    if (instructions.length === 0 || this.#helpers.has(0)) {
      return true;
    }
    for (const { isHelper, immediate } of callsOf(instructions)) {
      if (!isHelper || immediate === TAIL_CALL || this.#helpers.has(immediate)) {
        return true;
      }
    }
    return false;
  }
}

interface Call {
  /** And not a function of a program's, nor one that the kernel exports. */
  readonly isHelper: boolean;
  readonly immediate: number;
}

function* callsOf(instructions: Buffer): Generator<Call> {
  for (let at = 0; at < instructions.length; at += INSTRUCTION.sizeBytes) {
    if (instructions[at] === CALL) {
      const source = instructions.readUInt8(at + INSTRUCTION.registers) >> 4;
      yield {
        isHelper: source === 0,
        immediate: instructions.readInt32LE(at + INSTRUCTION.immediate),
      };
    }
  }
}
