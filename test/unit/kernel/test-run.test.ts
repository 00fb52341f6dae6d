// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { readMemory } from '../../../src/ffi/memory.ts';
import { TestRun } from '../../../src/kernel/test-run.ts';

const FRAME = Buffer.from('a frame of twenty-six bytes');

/** What the kernel is given: struct bpf_test_run_opts, with its pointers followed. */
interface Given {
  readonly fd: number;
  readonly frame: Buffer;
  readonly context: Buffer | undefined;
  readonly repeat: number;
  readonly flags: number;
}

function fakeRun(t: TestContext, verdict: number): Given[] {
  const runs: Given[] = [];
  t.mock.method(libbpf(), 'bpf_prog_test_run_opts', (fd: number, options: Buffer) => {
    assert.equal(options.readBigUInt64LE(0), BigInt(options.length));
    const address = (offset: number) => Number(options.readBigUInt64LE(offset));
    const contextSize = options.readUInt32LE(48);
    runs.push({
      fd,
      frame: readMemory(address(8), options.readUInt32LE(24)),
      context: contextSize === 0 ? undefined : readMemory(address(32), contextSize),
      repeat: options.readUInt32LE(60),
      flags: options.readUInt32LE(68),
    });
    options.writeUInt32LE(verdict, 56);
    return { value: 0, errno: 0 };
  });
  return runs;
}

describe('TestRun', () => {
  it('runs the program on the frame, so many times, and gives its verdict', (t) => {
    const runs = fakeRun(t, 2);
    const frame = Buffer.from(FRAME);
    const run = new TestRun(9, frame);
    frame.fill(0);
    assert.equal(run.run(1000), 2);
    assert.equal(run.run(1), 2);
    const expected = { fd: 9, frame: FRAME, context: undefined, flags: 0 };
    assert.deepEqual(runs, [
      { ...expected, repeat: 1000 },
      { ...expected, repeat: 1 },
    ]);
  });

  it('sends live frames from the device given', (t) => {
    const runs = fakeRun(t, 0);
    new TestRun(9, FRAME, 5).run(64);
    const [given] = runs;
    assert.equal(given?.flags, 2);
    assert.deepEqual(given?.frame, FRAME);
    // struct xdp_md: data, data_end, data_meta, ingress_ifindex, rx_queue_index, egress_ifindex.
    const words = [0, 4, 8, 12, 16, 20].map((offset) => given?.context?.readUInt32LE(offset));
    assert.deepEqual(words, [0, FRAME.length, 0, 5, 0, 0]);
  });

  it('says why the kernel does not run it', (t) => {
    t.mock.method(libbpf(), 'bpf_prog_test_run_opts', () => ({ value: -9, errno: 9 }));
    assert.throws(() => new TestRun(9, FRAME).run(1), {
      message: 'run BPF program: EBADF',
    });
  });
});
