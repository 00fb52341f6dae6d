// SPDX-License-Identifier: Apache-2.0
// What one run of an XDP program takes, to a fraction of a nanosecond: see test/bpf/stopwatch.bpf.c.
import { fileURLToPath } from 'node:url';
import { checkResult } from '../../src/ffi/errno.ts';
import { libbpf } from '../../src/ffi/libbpf.ts';
import { MappedArray } from '../../src/kernel/mapped-array.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { TestRun } from '../../src/kernel/test-run.ts';

const OBJECT = fileURLToPath(new URL('../bpf/stopwatch.bpf.o', import.meta.url));
const PROGRAM = 'stopwatch';
const XDP_PASS = 2;

/** struct stopwatch of the program: the runs, and when each lap ended. */
const LAP_RUNS = 2048;
const ENDS = 64;
const SIZE_BYTES = 8 * (1 + ENDS);

export class Stopwatch {
  readonly #object: BpfObject;
  readonly #variables: MappedArray;
  readonly #run: TestRun;

  /**
   * @param programFd of a program that passes `frame`; belongs to the caller
   * @param fragments whether it takes frames of many buffers: the kernel lets only likes call each other
   */
  constructor(programFd: number, frame: Buffer, fragments: boolean) {
    this.#object = new BpfObject(OBJECT);
    try {
      if (fragments) {
        this.#object.program(PROGRAM).acceptFragments();
      }
      this.#object.load(PROGRAM);
      const value = Buffer.alloc(4);
      value.writeInt32LE(programFd);
      const { fd } = this.#object.map('stopwatch_tested');
      const { bpf_map_update_elem } = libbpf();
      const result = bpf_map_update_elem(fd, Buffer.alloc(4), value, 0);
      checkResult('put program under stopwatch', result.value);
      this.#variables = new MappedArray(this.#object.map('.bss').fd, SIZE_BYTES, 1);
    } catch (error) {
      this.#object.close();
      throw error;
    }
    this.#run = new TestRun(this.#object.program(PROGRAM).fd, frame);
  }

  /**
   * Runs the program for so many laps of 2048 runs, 62 at most, after one to warm up. Gives back what a run took,
   * in ns, by lap.
   */
  time(laps: number): number[] {
    const { buffer, byteOffset } = this.#variables.entry(0);
    const runs = new BigUint64Array(buffer, byteOffset, 1);
    const ends = new BigUint64Array(buffer, byteOffset + 8, ENDS);
    runs[0] = 0n;
    const verdict = this.#run.run(LAP_RUNS * (laps + 1));
    if (verdict !== XDP_PASS) {
      throw new Error(`run program under stopwatch: verdict ${verdict}`);
    }
    const lapOf = (end: number) => Number((ends[end] ?? 0n) - (ends[end - 1] ?? 0n)) / LAP_RUNS;
    return Array.from({ length: laps }, (_, lap) => lapOf(lap + 2));
  }

  close(): void {
    this.#variables.close();
    this.#object.close();
  }
}
