// SPDX-License-Identifier: Apache-2.0
// account() as the verifier left it, fed frames by BPF_PROG_TEST_RUN: every verdict, length and slot, exactly.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readPacketSizes } from '../../src/collector/packet-sizes.ts';
import { readTraffic } from '../../src/collector/traffic.ts';
import { ACTION_COUNT, SIZE_SLOTS } from '../../src/kernel/abi.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { loadProgram } from '../../src/kernel/device-program.ts';
import { SharedMaps } from '../../src/kernel/shared-maps.ts';
import { TestRun } from '../../src/kernel/test-run.ts';
import { skipUnlessRoot } from './support/root.ts';

const OBJECT = fileURLToPath(new URL('../bpf/verdicts.bpf.o', import.meta.url));
const PROGRAM = 'verdicts';
const XDP_PASS = 2;

describe('account()', { skip: skipUnlessRoot }, () => {
  let maps: SharedMaps;
  const online = readCpuMask('online').map((cpu) => readCpuMask('possible').indexOf(cpu));

  before(() => {
    maps = new SharedMaps(OBJECT, PROGRAM, readCpuMask('possible'));
  });
  after(() => maps?.close());

  /** Runs `times` frames of `length` bytes whose first byte is `verdict`, and returns the program's own verdict. */
  function inject(
    frame: { verdict: number; length: number; times: number },
    program: { slot: number; packetSizes?: boolean; multiBuffer?: boolean },
  ): number {
    const object = loadProgram(maps, {
      objectPath: OBJECT,
      castObjectPath: OBJECT,
      programName: PROGRAM,
      packetSizes: false,
      multiBuffer: false,
      logger: 'off',
      ...program,
    });
    try {
      const bytes = Buffer.alloc(frame.length);
      bytes.writeUInt8(frame.verdict);
      return new TestRun(object.program(PROGRAM).fd, bytes).run(frame.times);
    } finally {
      object.close();
    }
  }

  test('counts each of the six actions exactly, and everything beyond the enum as invalid', () => {
    const slot = 3;
    const injected = [0, 1, 2, 3, 4, 5, 200].map((verdict) => ({
      verdict,
      length: 60 + verdict,
      times: 1000 + verdict,
    }));
    for (const frame of injected) {
      assert.equal(inject(frame, { slot }), XDP_PASS);
    }
    const traffic = readTraffic(maps.traffic, slot + 1, online)[slot];
    const packets = [1000, 1001, 1002, 1003, 1004, 1005 + 1200];
    const bytes = [60 * 1000, 61 * 1001, 62 * 1002, 63 * 1003, 64 * 1004, 65 * 1005 + 260 * 1200];
    assert.deepEqual([...(traffic?.packets ?? [])], packets);
    assert.deepEqual([...(traffic?.bytes ?? [])], bytes);
  });

  test('keeps to its own slot', () => {
    inject({ verdict: 2, length: 64, times: 10 }, { slot: 7 });
    const traffic = readTraffic(maps.traffic, 9, online);
    const totals = traffic.map(({ packets }) => packets.reduce((sum, value) => sum + value, 0));
    assert.deepEqual([totals[6], totals[7], totals[8]], [0, 10, 0]);
  });

  test('gives the per-CPU rows of the online CPUs the same sum as the total', () => {
    inject({ verdict: 1, length: 64, times: 12_345 }, { slot: 8 });
    const traffic = readTraffic(maps.traffic, 9, online)[8];
    const rows = online.map((_, cpu) => traffic?.cpuPackets[cpu * ACTION_COUNT + 1] ?? 0);
    assert.equal(
      rows.reduce((sum, value) => sum + value, 0),
      12_345,
    );
    assert.equal(traffic?.packets[1], 12_345);
  });

  test('puts every length around each power of two into its slot of the histogram', () => {
    const slot = 9;
    const expected = new Array<number>(SIZE_SLOTS).fill(0);
    let bytes = 0;
    for (const power of [4, 5, 6, 7, 8, 9, 10, 11]) {
      for (const length of [2 ** power - 1, 2 ** power, 2 ** power + 1]) {
        inject({ verdict: 2, length, times: 3 }, { slot, packetSizes: true });
        const index = Math.ceil(Math.log2(length));
        expected[index] = (expected[index] ?? 0) + 3;
        bytes += 3 * length;
      }
    }
    const sizes = readPacketSizes(maps.packetSizes, slot + 1)[slot];
    assert.deepEqual([...(sizes?.packets ?? [])], expected);
    assert.equal(sizes?.bytes, bytes);
  });

  test('leaves the histogram alone where it is switched off', () => {
    inject({ verdict: 2, length: 64, times: 5 }, { slot: 10, packetSizes: false });
    const sizes = readPacketSizes(maps.packetSizes, 11)[10];
    assert.equal(
      sizes?.packets.reduce((sum, value) => sum + value, 0),
      0,
    );
  });

  test('counts all bytes of frames of several buffers, and of single ones, in a multi-buffer program', () => {
    const slot = 11;
    for (const length of [60, 9000]) {
      inject({ verdict: 2, length, times: 100 }, { slot, multiBuffer: true, packetSizes: true });
    }
    const traffic = readTraffic(maps.traffic, slot + 1, online)[slot];
    assert.equal(traffic?.packets[2], 200);
    assert.equal(traffic?.bytes[2], 100 * 60 + 100 * 9000);
    const sizes = readPacketSizes(maps.packetSizes, slot + 1)[slot];
    assert.equal(sizes?.packets[14], 100);
  });

  test('starts a cleared slot from zero', () => {
    inject({ verdict: 4, length: 64, times: 5 }, { slot: 12 });
    maps.traffic.clear(12 * ACTION_COUNT + 4);
    assert.equal(readTraffic(maps.traffic, 13, online)[12]?.packets[4], 0);
  });
});
