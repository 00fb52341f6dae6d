// SPDX-License-Identifier: Apache-2.0
// Perf rings that the kernel maps into this process.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PerfEventRing } from '../../src/kernel/perf-event-ring.ts';
import { collectGarbage } from './support/collect-garbage.ts';
import { skipUnlessRoot } from './support/root.ts';
import { withMaps } from './support/with-maps.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

describe('PerfEventRing', { skip: skipUnlessRoot }, () => {
  const size = (sizeBytes: number) =>
    withMaps(1, ({ eventsFd }) => {
      const ring = new PerfEventRing(eventsFd, 0, sizeBytes);
      ring.close();
      return ring.memory.length - ring.headerSizeBytes;
    });

  test('has the size that was asked for, rounded down to a power of two of pages', () => {
    assert.equal(size(64 * KIB), 64 * KIB);
    assert.equal(size(4 * MIB), 4 * MIB);
    assert.equal(size(MIB - 1), 512 * KIB);
    assert.ok(size(1) >= 4 * KIB);
  });

  test('names the CPU that has no ring', () => {
    withMaps(1, ({ eventsFd }) => {
      assert.throws(() => new PerfEventRing(eventsFd, 60_000, 64 * KIB), {
        name: 'SystemError',
        message: 'open perf ring of CPU 60000: EINVAL',
      });
    });
  });

  test('is opened and closed again and again, whenever its views are collected', () => {
    withMaps(1, ({ eventsFd }) => {
      for (let round = 0; round < 50; round++) {
        const ring = new PerfEventRing(eventsFd, 0, 64 * KIB);
        assert.ok(ring.memory.every((byte, index) => index < ring.headerSizeBytes || byte === 0));
        ring.withdraw();
        ring.close();
        ring.close();
        collectGarbage();
      }
    });
  });
});
