// SPDX-License-Identifier: Apache-2.0
// What is decided about a pinned state without the kernel: where it may lie, which one fits, and what is in it.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DEVICE, TRAFFIC } from '../../../../src/kernel/layout.ts';
import { decodeDevice } from '../../../../src/kernel/state/devices.ts';
import {
  checkStateDirectory,
  isUnfinished,
  stateName,
} from '../../../../src/kernel/state/directory.ts';
import { readTaken } from '../../../../src/kernel/state/records.ts';

const SHAPE = {
  digest: '0123456789abcdef0123',
  cpus: 4,
  slots: 256,
  ringRecords: 1024,
  packetSizes: true,
} as const;

describe('the name of a state', () => {
  it('says what shapes it, in letters that a BPF file system takes', () => {
    const name = stateName(SHAPE);
    assert.equal(name, 'xdp-exporter-1-0123456789abcdef-cpus4-slots256-ring1024-sizes');
    assert.equal(isUnfinished(name), false);
    const bare = stateName({ ...SHAPE, ringRecords: 0, packetSizes: false });
    assert.equal(bare, 'xdp-exporter-1-0123456789abcdef-cpus4-slots256-nologger-nosizes');
  });

  it('differs wherever one of them does', () => {
    const others = [
      { digest: '1123456789abcdef' },
      { cpus: 8 },
      { slots: 255 },
      { ringRecords: 512 },
      { packetSizes: false },
    ];
    const names = [SHAPE, ...others.map((other) => ({ ...SHAPE, ...other }))].map(stateName);
    assert.equal(new Set(names).size, names.length);
  });
});

describe('the directory of a state', () => {
  it('is refused outside of a BPF file system, with a remedy', () => {
    for (const path of ['/tmp', '/tmp/that-is-not-there', '/not/there']) {
      assert.throws(() => checkStateDirectory(path), {
        name: 'ConfigError',
        message: new RegExp(`^pin state in "${path}": "/.*(BPF file system)`),
      });
    }
  });
});

describe('an entry of a pinned device', () => {
  const entry = (text: string) => Buffer.from(`${text}\0\0`);

  it('is read back', () => {
    for (const device of [
      { name: 'eth0', startedAtMs: 5 },
      { netns: 'blue', name: 'eth0', startedAtMs: 5 },
    ]) {
      assert.deepEqual(decodeDevice(entry(JSON.stringify(device))), device);
    }
  });

  it('is none where it is empty or not ours', () => {
    for (const text of ['', '{', '3', 'null', '{"name":"eth0"}', '{"name":1,"startedAtMs":5}']) {
      assert.equal(decodeDevice(entry(text)), undefined, text);
    }
  });
});

describe('records that were taken', () => {
  /** On two CPUs, of one slot: packets that passed, and what `ring_full` says. */
  function valuesOf(cpus: readonly (readonly [packets: number, ringFull: number])[]) {
    const wordsPerCpu = DEVICE.sizeBytes / 8;
    const words = new BigUint64Array(wordsPerCpu * cpus.length);
    for (const [cpu, [packets, ringFull]] of cpus.entries()) {
      const start = cpu * wordsPerCpu;
      words[start + (DEVICE.offsets.traffic + 2 * TRAFFIC.sizeBytes) / 8] = BigInt(packets);
      words[start + DEVICE.offsets.ring_full / 8] = BigInt(ringFull);
    }
    const halves = new Uint32Array(words.buffer);
    return { words, halves, wordsPerCpu, wordsPerKey: words.length };
  }

  it('are the packets that were neither lost nor wait', () => {
    const counters = {
      read: () =>
        valuesOf([
          [100, 10],
          [50, 0],
        ]),
    };
    assert.deepEqual([...readTaken(counters, Float64Array.of(15))], [125]);
  });

  it('leave out a packet that is just being counted, on whichever CPU', () => {
    let reads = 0;
    const counters = {
      read() {
        reads++;
        return valuesOf([
          [100 + reads, 10 + reads - (reads % 2)],
          [50 + reads, reads - (1 - (reads % 2))],
        ]);
      },
    };
    assert.deepEqual([...readTaken(counters, Float64Array.of(0))], [140]);
  });
});
