// SPDX-License-Identifier: Apache-2.0
// Rings and arrays that the kernel maps into this process.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { MappedArray } from '../../src/kernel/mapped-array.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { PerCpuMap } from '../../src/kernel/per-cpu-map.ts';
import { PerfEventRing, ringSizeBytes } from '../../src/kernel/perf-event-ring.ts';
import { skipUnlessRoot } from './support/root.ts';

const OBJECT = fileURLToPath(new URL('../../bpf/xdp_exporter.bpf.o', import.meta.url));
const OPEN_RING = fileURLToPath(new URL('./support/open-ring.js', import.meta.url));
const REFUSED_RING = fileURLToPath(new URL('./support/refused-ring.js', import.meta.url));
const KIB = 1024;
const MIB = 1024 * KIB;

function withObject(use: (object: BpfObject) => void): void {
  const object = new BpfObject(OBJECT);
  try {
    object.map('xdp_batches').setMaxEntries(3);
    object.load('xdp_exporter');
    use(object);
  } finally {
    object.close();
  }
}

describe('PerfEventRing', { skip: skipUnlessRoot }, () => {
  const size = (sizeBytes: number) => {
    let granted = 0;
    withObject((object) => {
      const ring = new PerfEventRing(object.map('xdp_events').fd, 0, sizeBytes);
      granted = ring.ring.sizeBytes;
      ring.close();
    });
    return granted;
  };

  test('has the size that was asked for, rounded down to a power of two of pages', () => {
    assert.equal(size(64 * KIB), 64 * KIB);
    assert.equal(size(4 * MIB), 4 * MIB);
    assert.equal(size(MIB - 1), 512 * KIB);
    assert.ok(size(1) >= 4 * KIB);
  });

  test('halves its size until the kernel grants it where CAP_IPC_LOCK is missing', (context) => {
    if (Number(readFileSync('/proc/sys/kernel/perf_event_paranoid', 'utf8')) < 0) {
      context.skip('kernel.perf_event_paranoid is -1: the kernel grants any size');
      return;
    }
    const call = ['--bounding-set=-ipc_lock', '--inh-caps=-ipc_lock', process.execPath, OPEN_RING];
    const options = { encoding: 'utf8', timeout: 30_000 } as const;
    const granted = Number(execFileSync('setpriv', [...call, String(512 * MIB)], options));
    assert.ok(granted >= 4 * KIB && granted < 512 * MIB, `${granted} bytes`);
    assert.equal(granted & (granted - 1), 0);
  });

  test('names the setting that refuses a ring to the privileges there are', (context) => {
    if (Number(readFileSync('/proc/sys/kernel/perf_event_paranoid', 'utf8')) < 2) {
      context.skip('kernel.perf_event_paranoid is below 2: the kernel grants rings to all');
      return;
    }
    const fewer = '-perfmon,-sys_admin';
    const call = [`--bounding-set=${fewer}`, `--inh-caps=${fewer}`, process.execPath];
    const options = { encoding: 'utf8', timeout: 30_000 } as const;
    const message = execFileSync('setpriv', [...call, REFUSED_RING, OBJECT], options);
    assert.match(message, /^open perf ring of CPU 0: EACCES; .*kernel\.perf_event_paranoid to 2/);
  });

  test('names the CPU that has no ring', () => {
    withObject((object) => {
      assert.throws(() => new PerfEventRing(object.map('xdp_events').fd, 60_000, 64 * KIB), {
        name: 'SystemError',
        message: 'open perf ring of CPU 60000: EINVAL',
      });
    });
  });

  test('is opened and closed again and again, whenever its views are collected', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    withObject((object) => {
      const { fd } = object.map('xdp_events');
      for (let round = 0; round < 50; round++) {
        const ring = new PerfEventRing(fd, 0, 64 * KIB);
        assert.equal(ring.ring.loadHead(), 0n);
        ring.close();
        ring.close();
        assert.throws(() => ring.ring.loadHead(), RangeError);
        collectGarbage();
      }
    });
  });
});

describe('ringSizeBytes', () => {
  test('is 4 MiB a CPU, less on machines of many CPUs, never below 512 KiB', () => {
    const sizes = [1, 64, 65, 100, 128, 129, 256, 512, 1024, 8192].map(ringSizeBytes);
    const expected = [4, 4, 2, 2, 2, 1, 1, 0.5, 0.5, 0.5].map((mebibytes) => mebibytes * MIB);
    assert.deepEqual(sizes, expected);
  });
});

describe('MappedArray', { skip: skipUnlessRoot }, () => {
  test('shows each value in place, to read and to write', () => {
    withObject((object) => {
      const map = object.map('xdp_batches');
      const array = new MappedArray(map.fd, map.valueSizeBytes, 3);
      for (const key of [0, 1, 2]) {
        assert.equal(array.entry(key).length, map.valueSizeBytes);
        assert.equal(array.entry(key).byteOffset % 8, 0);
        array.entry(key).writeUInt32LE(100 + key, 8);
        array.entry(key).writeUInt32LE(200 + key, map.valueSizeBytes - 4);
      }
      // An array that is not per CPU reads as that of one CPU would.
      const { words, wordsPerKey } = new PerCpuMap(map.fd, map.valueSizeBytes, 1).read(3);
      for (const key of [0, 1, 2]) {
        assert.equal(words[key * wordsPerKey + 1], BigInt(100 + key));
        assert.equal(words[(key + 1) * wordsPerKey - 1], BigInt(200 + key) << 32n);
      }
      array.close();
      array.close();
    });
  });

  test('says what the map lacks', () => {
    withObject((object) => {
      const { fd } = object.map('xdp_traffic');
      assert.throws(() => new MappedArray(fd, 16, 8), {
        name: 'SystemError',
        message:
          /^map 4096 bytes of BPF array: \w+; the map must have BPF_F_MMAPABLE, since Linux 5\.5$/,
      });
    });
  });
});
