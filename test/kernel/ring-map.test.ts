// SPDX-License-Identifier: Apache-2.0
// BPF arrays that the kernel maps into this process, and those among them that are rings.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { libbpf } from '../../src/ffi/libbpf.ts';
import { RECORD, RING } from '../../src/kernel/layout.ts';
import { MappedArray } from '../../src/kernel/mapped-array.ts';
import { BpfObject } from '../../src/kernel/object.ts';
import { PerCpuMap } from '../../src/kernel/per-cpu-map.ts';
import {
  enterRings,
  fitRing,
  RingMap,
  ringValueBytes,
  waitForPrograms,
} from '../../src/kernel/ring-map.ts';
import { collectGarbage } from './support/collect-garbage.ts';
import { OBJECT, PROGRAM } from './support/recording.ts';
import { skipUnlessRoot } from './support/root.ts';
import { withMaps } from './support/with-maps.ts';

const RECORDS = 64;
const KIB = 1024;
const MIB = 1024 * KIB;

const wordOf = (value: number) => Buffer.from(Uint32Array.of(value).buffer);

/** The ids of the maps that are entered, by CPU. */
function entered(ringsFd: number, cpus: number): (number | undefined)[] {
  return Array.from({ length: cpus }, (_, cpu) => {
    const id = Buffer.alloc(4);
    const { value } = libbpf().bpf_map_lookup_elem(ringsFd, wordOf(cpu), id);
    return value < 0 ? undefined : id.readUInt32LE();
  });
}

const openFiles = () => readdirSync('/proc/self/fd').length;

describe('fitRing', { skip: skipUnlessRoot }, () => {
  test('rounds a size down to a power of two of records, a page at least', () => {
    const sizes = [0, 1, 4 * KIB, 8 * KIB - 1, 8 * KIB, 32 * KIB, 4 * MIB, 5 * MIB];
    assert.deepEqual(
      sizes.map((bytes) => fitRing(bytes) * RECORD.sizeBytes),
      [4, 4, 4, 4, 8, 32, 4 * KIB, 4 * KIB].map((kib) => kib * KIB),
    );
  });

  test('leaves nothing behind', () => {
    const before = openFiles();
    fitRing(MIB);
    assert.equal(openFiles(), before);
  });
});

describe('RingMap', { skip: skipUnlessRoot }, () => {
  test('is empty memory of a header and its records', () => {
    const ring = new RingMap(0, RECORDS);
    assert.equal(ring.memory.length, RING.sizeBytes + RECORDS * RECORD.sizeBytes);
    assert.ok(ring.memory.every((byte) => byte === 0));
    ring.close();
  });

  test('is opened and closed again and again, whenever its views are collected', () => {
    const before = openFiles();
    for (let round = 0; round < 200; round++) {
      const ring = new RingMap(0, 4096);
      ring.memory.fill(round);
      ring.close();
      ring.close();
      collectGarbage();
    }
    assert.equal(openFiles(), before);
  });
});

describe('enterRings', { skip: skipUnlessRoot }, () => {
  test('enters many rings by one call, and one takes its ring away', (context) => {
    const cpus = 128;
    withMaps(cpus, ({ ringsFd }) => {
      const rings = Array.from({ length: cpus }, (_, cpu) => new RingMap(cpu, RECORDS));
      // A call each would wait for as many grace periods.
      const update = context.mock.method(libbpf(), 'bpf_map_update_batch');
      assert.equal(enterRings(ringsFd, rings).size, 0);
      assert.equal(update.mock.callCount(), 1);
      assert.equal(new Set(entered(ringsFd, cpus)).size, cpus);
      rings[7]?.withdraw(ringsFd);
      rings[7]?.withdraw(ringsFd);
      const left = entered(ringsFd, cpus);
      assert.deepEqual(
        left.flatMap((id, cpu) => (id === undefined ? [cpu] : [])),
        [7],
      );
      for (const ring of rings) {
        ring.close();
      }
    });
  });

  test('replaces the ring that a CPU has', () => {
    withMaps(2, ({ ringsFd }) => {
      const rings = [new RingMap(1, RECORDS), new RingMap(1, RECORDS)];
      const ids = rings.map((ring) => {
        assert.equal(enterRings(ringsFd, [ring]).size, 0);
        return entered(ringsFd, 2)[1];
      });
      assert.equal(new Set(ids).size, 2);
      for (const ring of rings) {
        ring.close();
      }
    });
  });

  test('enters what it can, and says what it cannot', () => {
    withMaps(4, ({ ringsFd }) => {
      const rings = [
        new RingMap(0, RECORDS),
        new RingMap(9, RECORDS),
        new RingMap(2, 2 * RECORDS),
        new RingMap(3, RECORDS),
      ];
      const failures = enterRings(ringsFd, rings);
      assert.deepEqual(
        [...failures].map(([{ cpu }, { message }]) => [cpu, message]),
        [
          [9, 'enter ring of CPU 9: E2BIG'],
          [2, 'enter ring of CPU 2: EINVAL'],
        ],
      );
      assert.deepEqual(
        entered(ringsFd, 4).map((id) => id !== undefined),
        [true, false, false, true],
      );
      for (const ring of rings) {
        ring.close();
      }
    });
  });
});

describe('waitForPrograms', { skip: skipUnlessRoot }, () => {
  test('can be asked for again and again, and leaves no descriptor behind', () => {
    withMaps(2, ({ ringsFd }) => {
      const before = openFiles();
      for (const cpu of [0, 1, 1, 0]) {
        waitForPrograms(ringsFd, cpu, RECORDS);
      }
      assert.equal(openFiles(), before);
    });
  });

  test('says what the kernel refuses', () => {
    assert.throws(() => waitForPrograms(-1, 0, RECORDS), {
      message: 'wait for programs that run: EBADF',
    });
  });
});

describe('MappedArray', { skip: skipUnlessRoot }, () => {
  test('shows each value in place, to read and to write', () => {
    withMaps(3, ({ ringless, sampleInterval }) => {
      assert.equal(ringless.length, 3);
      assert.equal(sampleInterval.length, 1);
    });
    const object = new BpfObject(OBJECT);
    try {
      object.map('xdp_ringless').setMaxEntries(3);
      object.load(PROGRAM);
      const { fd } = object.map('xdp_ringless');
      const array = new MappedArray(fd, 8, 3);
      for (const key of [0, 1, 2]) {
        assert.equal(array.entry(key).length, 8);
        assert.equal(array.entry(key).byteOffset % 8, 0);
        array.entry(key).writeBigUInt64LE(BigInt(100 + key) << 32n);
      }
      // An array that is not per CPU reads as that of one CPU would.
      assert.deepEqual(
        [...new PerCpuMap(fd, 8, 1).read(3).words],
        [100n << 32n, 101n << 32n, 102n << 32n],
      );
      array.close();
      array.close();
    } finally {
      object.close();
    }
  });

  test('says what the map lacks', () => {
    const object = new BpfObject(OBJECT);
    try {
      object.load(PROGRAM);
      const { fd } = object.map('xdp_devices');
      assert.throws(() => new MappedArray(fd, 16, 8), {
        name: 'SystemError',
        message:
          /^map 4096 bytes of BPF array: \w+; the map must have BPF_F_MMAPABLE, since Linux 5\.5$/,
      });
    } finally {
      object.close();
    }
  });
});

describe('ringValueBytes', () => {
  test('is the header and the records', () => {
    assert.equal(ringValueBytes(1), 192);
    assert.equal(ringValueBytes(65_536), 128 + 4 * MIB);
  });
});
