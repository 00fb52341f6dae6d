// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PerfRing } from '../../../src/recorder/perf-ring.ts';
import { drain, FakePerfRing, HEADER_SIZE_BYTES, padded, pattern } from './fake-perf-ring.ts';

const PERF_RECORD_THROTTLE = 5;
const KIB = 1024;

/** What was written to a ring and what was read of it. */
class History {
  readonly fake: FakePerfRing;
  readonly ring: PerfRing;
  readonly written: Buffer[] = [];
  readonly read: Buffer[] = [];

  constructor(position: bigint) {
    this.fake = new FakePerfRing(8 * KIB, position);
    this.ring = new PerfRing(this.fake.memory, HEADER_SIZE_BYTES);
  }
}

type Step = (history: History) => void;

const sampleStep =
  (length: number): Step =>
  ({ fake, written }) => {
    const data = pattern(length, written.length);
    written.push(...(fake.sample(data) ? [padded(data)] : []));
  };
const lostStep =
  (count: number): Step =>
  ({ fake }) => {
    fake.lost(BigInt(count));
  };
const otherStep =
  (words: number): Step =>
  ({ fake }) => {
    fake.write(PERF_RECORD_THROTTLE, Buffer.alloc(words * 8, 0xff));
  };
const drainStep: Step = ({ ring, read }) => {
  read.push(...drain(ring));
};
const step = fc.oneof(
  { weight: 6, arbitrary: fc.nat(4096).map(sampleStep) },
  { weight: 1, arbitrary: fc.nat(1e6).map(lostStep) },
  { weight: 1, arbitrary: fc.nat(64).map(otherStep) },
  { weight: 1, arbitrary: fc.constant(drainStep) },
);
const start = fc
  .tuple(fc.nat(KIB - 1), fc.constantFrom(0n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 8192n))
  .map(([units, high]) => high + BigInt(units * 8));

describe('PerfRing', () => {
  it('gives back samples of every size, with other records between them, from any position on', () => {
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 60 }), (position, steps) => {
        const history = new History(position);
        for (const apply of [...steps, drainStep]) {
          apply(history);
        }
        assert.deepEqual(history.read, history.written);
        assert.equal(history.ring.damagedPositions, 0);
        assert.equal(history.fake.tail, history.fake.head);
      }),
    );
  });

  it('puts a sample together wherever it crosses the end', () => {
    for (const length of [4, 12, 100, 2064, 4096]) {
      for (let position = 0; position < 8 * KIB; position += 8) {
        const fake = new FakePerfRing(8 * KIB, BigInt(position));
        const data = pattern(length, position);
        fake.sample(data);
        const [sample] = drain(new PerfRing(fake.memory, HEADER_SIZE_BYTES));
        assert.ok(sample?.equals(padded(data)), `${length} bytes at ${position}`);
      }
    }
  });

  it('does not chase a writer that never rests', () => {
    const fake = new FakePerfRing(4 * KIB);
    const ring = new PerfRing(fake.memory, HEADER_SIZE_BYTES);
    fake.sample(pattern(8, 0));
    let visits = 0;
    ring.drain(() => {
      visits++;
      fake.sample(pattern(8, 0));
    });
    assert.equal(visits, 1);
  });

  it('says how full it was found', () => {
    const fake = new FakePerfRing(4 * KIB, 8n);
    const ring = new PerfRing(fake.memory, HEADER_SIZE_BYTES);
    assert.equal(ring.fill, 0);
    fake.write(PERF_RECORD_THROTTLE, Buffer.alloc(KIB - 8));
    fake.write(PERF_RECORD_THROTTLE, Buffer.alloc(2 * KIB - 8));
    drain(ring);
    assert.equal(ring.fill, 0.75);
    drain(ring);
    assert.equal(ring.fill, 0);
  });

  it('gives room back while it reads, at least every 64 KiB', () => {
    const fake = new FakePerfRing(512 * KIB, 40n);
    while (fake.sample(pattern(2064, 0))) {
      // Until there is no more room.
    }
    let behind = 0;
    let position = fake.tail;
    new PerfRing(fake.memory, HEADER_SIZE_BYTES).drain((_words, _mask, _firstWord, sizeBytes) => {
      position += BigInt(sizeBytes + 12);
      behind = Math.max(behind, Number(position - fake.tail));
    });
    assert.ok(behind > 16 * KIB && behind <= 64 * KIB, `${behind} bytes behind`);
    assert.equal(fake.tail, fake.head);
  });

  it('visits no sample twice after a visitor has thrown', () => {
    const fake = new FakePerfRing(4 * KIB);
    const ring = new PerfRing(fake.memory, HEADER_SIZE_BYTES);
    fake.sample(pattern(8, 1));
    assert.throws(() =>
      ring.drain(() => {
        throw new Error('fault');
      }),
    );
    fake.sample(pattern(8, 2));
    assert.deepEqual(drain(ring), [padded(pattern(8, 2))]);
  });

  it('refuses memory whose data is not a power of two', () => {
    for (const size of [0, 4, 4095, 5000, 12 * KIB]) {
      const memory = Buffer.alloc(4 * KIB + size);
      assert.throws(() => new PerfRing(memory, HEADER_SIZE_BYTES), /power of two/);
    }
  });

  it('throws, and touches no memory, once it is detached', () => {
    const fake = new FakePerfRing(4 * KIB);
    const ring = new PerfRing(fake.memory, HEADER_SIZE_BYTES);
    ring.detach();
    assert.throws(() => ring.drain(() => undefined), RangeError);
  });
});
