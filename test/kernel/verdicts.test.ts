// SPDX-License-Identifier: Apache-2.0
// account() as the verifier left it, fed frames by BPF_PROG_TEST_RUN: every verdict, length and slot, exactly.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { loadProgram, type ProgramOptions } from '../../src/kernel/device-program.ts';
import { DEVICE } from '../../src/kernel/layout.ts';
import { SharedMaps } from '../../src/kernel/shared-maps.ts';
import { TestRun } from '../../src/kernel/test-run.ts';
import { decodeRecord } from './packet-table/logged-packet.ts';
import { openMapped } from './packet-table/record-source.ts';
import { readCpuCounters, readDeviceCounters } from './support/device-counters.ts';
import { skipBefore } from './support/kernel-version.ts';
import { skipUnlessRoot } from './support/root.ts';

const OBJECT = fileURLToPath(new URL('../bpf/verdicts.bpf.o', import.meta.url));
const PROGRAM = 'verdicts';
const XDP_PASS = 2;

const SLOTS = 16;

/** Packets and bytes of one action, and of all others none. */
function trafficOf(action: number, packets: number, bytes: number): number[] {
  const traffic = new Array<number>(2 * DEVICE.lengths.traffic).fill(0);
  traffic.splice(2 * action, 2, packets, bytes);
  return traffic;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

describe('account()', { skip: skipUnlessRoot }, () => {
  let maps: SharedMaps;
  const possibleCpus = readCpuMask('possible');
  const [cpu = 0] = readCpuMask('online');

  before(() => {
    pinThread(cpu);
    maps = new SharedMaps(OBJECT, PROGRAM, { possibleCpus, slots: SLOTS, ringRecords: 64 });
  });
  after(() => maps?.close());

  /** Runs `times` frames of `length` bytes whose first byte is `verdict`, and returns the program's own verdict. */
  function inject(
    frame: { verdict: number; length: number; times: number },
    program: Pick<ProgramOptions, 'slot'> & Partial<ProgramOptions>,
  ): number {
    const object = loadProgram(maps, {
      objectPath: OBJECT,
      castObjectPath: OBJECT,
      programName: PROGRAM,
      link: 'ethernet',
      packetSizes: false,
      transport: 'none',
      recordTimes: false,
      multiBuffer: false,
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
    const expected = [
      [1000, 60 * 1000],
      [1001, 61 * 1001],
      [1002, 62 * 1002],
      [1003, 63 * 1003],
      [1004, 64 * 1004],
      [1005 + 1200, 65 * 1005 + 260 * 1200],
    ];
    assert.deepEqual(readDeviceCounters(maps.devices, slot).traffic, expected.flat());
  });

  for (const transport of ['none', 'mapped', 'perf'] as const) {
    test(`returns what it was told to, whatever the transport and without rings: ${transport}`, () => {
      for (const verdict of [0, 1, 2, 3, 4, 5, 200]) {
        assert.equal(inject({ verdict, length: 60, times: 1 }, { slot: 4, transport }), XDP_PASS);
      }
    });
  }

  test('keeps to its own slot', () => {
    inject({ verdict: 2, length: 64, times: 10 }, { slot: 7 });
    const traffic = [6, 7, 8].map((slot) => readDeviceCounters(maps.devices, slot).traffic);
    assert.deepEqual(traffic, [trafficOf(2, 0, 0), trafficOf(2, 10, 640), trafficOf(2, 0, 0)]);
  });

  test('counts nothing in a slot that there is not, and passes all the same', () => {
    const totals = () =>
      Array.from({ length: SLOTS }, (_, slot) => readDeviceCounters(maps.devices, slot));
    const before = totals();
    assert.equal(inject({ verdict: 1, length: 64, times: 10 }, { slot: SLOTS }), XDP_PASS);
    assert.deepEqual(totals(), before);
  });

  test('counts on the CPU that it runs on, and on no other', () => {
    inject({ verdict: 1, length: 64, times: 12_345 }, { slot: 8 });
    const rows = readCpuCounters(maps.devices, 8).map(({ traffic }) => traffic);
    assert.deepEqual(
      rows,
      possibleCpus.map((id) => trafficOf(1, id === cpu ? 12_345 : 0, id === cpu ? 790_080 : 0)),
    );
  });

  test('puts every length around each power of two into its slot of the histogram', () => {
    const slot = 9;
    const expected = new Array<number>(DEVICE.lengths.sizes).fill(0);
    let bytes = 0;
    for (const power of [4, 5, 6, 7, 8, 9, 10, 11]) {
      for (const length of [2 ** power - 1, 2 ** power, 2 ** power + 1]) {
        inject({ verdict: 2, length, times: 3 }, { slot, packetSizes: true });
        const index = Math.ceil(Math.log2(length));
        expected[index] = (expected[index] ?? 0) + 3;
        bytes += 3 * length;
      }
    }
    const { sizes, traffic } = readDeviceCounters(maps.devices, slot);
    assert.deepEqual(sizes, expected);
    assert.deepEqual(traffic, trafficOf(2, 3 * 24, bytes));
  });

  test('leaves the histogram alone where it is switched off', () => {
    inject({ verdict: 2, length: 64, times: 5 }, { slot: 10, packetSizes: false });
    assert.equal(sum(readDeviceCounters(maps.devices, 10).sizes), 0);
  });

  const multiBuffer = { skip: skipBefore('5.18', 'for frames of several buffers') };
  test(
    'counts all bytes of frames of several buffers, and of single ones, in a multi-buffer program',
    multiBuffer,
    () => {
      const slot = 11;
      for (const length of [60, 9000]) {
        inject({ verdict: 2, length, times: 100 }, { slot, multiBuffer: true, packetSizes: true });
      }
      const { sizes, traffic } = readDeviceCounters(maps.devices, slot);
      assert.deepEqual(traffic, trafficOf(2, 200, 100 * 60 + 100 * 9000));
      assert.equal(sizes[14], 100);
    },
  );

  test('starts a cleared slot from zero', () => {
    inject({ verdict: 4, length: 64, times: 5 }, { slot: 12 });
    maps.devices.clear(12);
    assert.deepEqual(readDeviceCounters(maps.devices, 12).traffic, trafficOf(4, 0, 0));
  });

  test('records the verdict of each packet, with its slot and its length', (t) => {
    const source = openMapped(maps, cpu);
    t.after(() => source.close());
    const verdicts = [0, 1, 2, 3, 4, 5, 200];
    for (const verdict of verdicts) {
      inject({ verdict, length: 60 + verdict, times: 2 }, { slot: 13, transport: 'mapped' });
    }
    const records = source.take().map(decodeRecord);
    assert.deepEqual(
      records.map(({ action, slot, length }) => ({ action, slot, length })),
      verdicts.flatMap((verdict) => {
        const record = { action: Math.min(verdict, 5), slot: 13, length: 60 + verdict };
        return [record, record];
      }),
    );
  });

  test('counts packets that find no ring for their device, and for their CPU', () => {
    const before = maps.ringless[cpu] ?? 0n;
    for (const transport of ['mapped', 'perf'] as const) {
      inject({ verdict: 2, length: 60, times: 7 }, { slot: 14, transport });
    }
    assert.deepEqual(readDeviceCounters(maps.devices, 14).no_ring, [14]);
    assert.equal((maps.ringless[cpu] ?? 0n) - before, 14n);
  });
});
