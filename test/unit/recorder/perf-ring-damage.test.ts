// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PerfRing, type SampleVisitor } from '../../../src/recorder/perf-ring.ts';
import {
  drain,
  FakePerfRing,
  HEADER_SIZE_BYTES,
  PERF_RECORD_SAMPLE,
  padded,
  pattern,
  sampleBody,
} from './fake-perf-ring.ts';

const KIB = 1024;

describe('PerfRing over damaged memory', () => {
  const damages: Readonly<Record<string, (fake: FakePerfRing) => void>> = {
    'a record of size 0': (fake) => fake.write(PERF_RECORD_SAMPLE, sampleBody(pattern(8, 0)), 0),
    'an unknown record of size 0': (fake) => fake.write(77, Buffer.alloc(8), 0),
    'a size that is no multiple of 8': (fake) => fake.write(77, Buffer.alloc(24), 12),
    'a record that ends beyond the head': (fake) => fake.write(77, Buffer.alloc(24), 40),
    'a sample that is larger than its record': (fake) =>
      fake.write(PERF_RECORD_SAMPLE, sampleBody(pattern(12, 0), 13)),
    'a sample that is larger than the ring': (fake) =>
      fake.write(PERF_RECORD_SAMPLE, sampleBody(pattern(12, 0), 0xffff_ffff)),
    'a sample without room for its own size': (fake) =>
      fake.write(PERF_RECORD_SAMPLE, Buffer.alloc(0)),
    'a head behind the tail': (fake) => {
      fake.head -= 64n;
    },
    'a head further away than the ring is large': (fake) => {
      fake.head += BigInt(fake.sizeBytes) + 8n;
    },
    'a head in the middle of an alignment': (fake) => {
      fake.head += 12n;
    },
  };

  for (const [name, damage] of Object.entries(damages)) {
    it(`counts ${name}, and is in step again at the head`, () => {
      for (const position of [2048n, 4096n - 16n, 2n ** 53n + 4096n - 8n]) {
        const fake = new FakePerfRing(4 * KIB, position);
        const ring = new PerfRing(fake.memory, HEADER_SIZE_BYTES);
        damage(fake);
        assert.deepEqual(drain(ring), []);
        assert.equal(ring.damagedPositions, 1);
        assert.equal(fake.tail, fake.head);
        fake.head += (8n - (fake.head % 8n)) % 8n;
        drain(ring);
        fake.sample(pattern(40, 7));
        assert.deepEqual(drain(ring), [padded(pattern(40, 7))]);
      }
    });
  }

  it('reads a header that wraps, since a position was moved to where no record begins', () => {
    const fake = new FakePerfRing(256, 252n);
    const ring = new PerfRing(fake.memory, HEADER_SIZE_BYTES);
    assert.equal(fake.sample(pattern(20, 3)), true);
    assert.deepEqual(drain(ring), [padded(pattern(20, 3))]);
    assert.equal(ring.damagedPositions, 0);
  });

  it('keeps the samples before the damage', () => {
    const fake = new FakePerfRing(4 * KIB);
    const ring = new PerfRing(fake.memory, HEADER_SIZE_BYTES);
    fake.sample(pattern(8, 1));
    fake.write(77, Buffer.alloc(8), 0);
    fake.sample(pattern(8, 2));
    assert.deepEqual(drain(ring), [padded(pattern(8, 1))]);
    assert.equal(ring.damagedPositions, 1);
  });

  it('sets a tail right that another process has changed, and reads on where it was', () => {
    for (const change of [-8n, 8n, 1n, 2n ** 40n]) {
      const fake = new FakePerfRing(4 * KIB, 4096n);
      const ring = new PerfRing(fake.memory, HEADER_SIZE_BYTES);
      fake.sample(pattern(8, 1));
      fake.tail += change;
      assert.deepEqual(drain(ring), [padded(pattern(8, 1))]);
      assert.equal(fake.tail, fake.head);
      assert.equal(ring.damagedPositions, 1);
    }
  });

  it('sets such a tail right while nothing was sent, too', () => {
    const fake = new FakePerfRing(4 * KIB, 4096n);
    const ring = new PerfRing(fake.memory, HEADER_SIZE_BYTES);
    fake.tail = 8n;
    assert.deepEqual(drain(ring), []);
    assert.equal(fake.tail, 4096n);
    assert.equal(ring.damagedPositions, 1);
  });

  it('ends, throws nothing and stays inside, whatever the memory holds', () => {
    const words = fc.array(
      fc.oneof(
        fc.nat(0xffff_ffff),
        fc.constant(PERF_RECORD_SAMPLE),
        fc.nat(40).map((size) => (size << 16) >>> 0),
      ),
      { minLength: 64, maxLength: 64 },
    );
    const position = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
    const near = fc.tuple(position, fc.nat(256)).map(([tail, distance]) => ({
      tail: BigInt.asUintN(64, tail & ~7n),
      head: BigInt.asUintN(64, (tail & ~7n) + BigInt(distance & ~7)),
    }));
    const positions = fc.oneof(near, fc.record({ tail: position, head: position }));
    fc.assert(
      fc.property(words, positions, (data, { head, tail }) => {
        const fake = new FakePerfRing(256, tail);
        data.forEach((word, index) => {
          fake.memory.writeUInt32LE(word, HEADER_SIZE_BYTES + index * 4);
        });
        fake.head = head;
        const ring = new PerfRing(fake.memory, HEADER_SIZE_BYTES);
        let visits = 0;
        const visit: SampleVisitor = (_words, _mask, _firstWord, sizeBytes) => {
          visits++;
          assert.ok(sizeBytes <= 256 - 12);
        };
        ring.drain(visit);
        assert.ok(visits <= 256 / 16);
        assert.ok(ring.damagedPositions <= 1);
        assert.equal(fake.tail, head);
        const before = visits;
        ring.drain(visit);
        assert.equal(visits, before);
      }),
      { numRuns: 2000 },
    );
  });
});
