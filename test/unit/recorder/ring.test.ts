// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ringSizeBytes } from '../../../src/recorder/ring.ts';

const MIB = 1024 * 1024;

describe('ringSizeBytes', () => {
  it('shares 64 MiB among the CPUs: 4 MiB for each at most, 256 KiB at least', () => {
    const sizes = [1, 2, 16, 17, 32, 33, 64, 65, 100, 128, 129, 256, 257, 8192].map(ringSizeBytes);
    const expected = [4, 4, 4, 2, 2, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25];
    assert.deepEqual(
      sizes.map((bytes) => bytes / MIB),
      expected,
    );
  });
});
