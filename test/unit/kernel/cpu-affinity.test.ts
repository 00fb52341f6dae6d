// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { libc } from '../../../src/ffi/libc.ts';
import { pinThread } from '../../../src/kernel/cpu-affinity.ts';

describe('pinThread', () => {
  it('says EINVAL for a CPU that the machine does not have', (t) => {
    t.mock.method(libc(), 'sched_setaffinity', () => ({ value: -1, errno: 22 }));
    assert.throws(() => pinThread(65_535), {
      message: 'pin thread to CPU 65535: EINVAL',
      code: 'EINVAL',
    });
  });

  const masks = [
    { cpu: 0, sizeBytes: 8, byte: 0, value: 1 },
    { cpu: 7, sizeBytes: 8, byte: 0, value: 128 },
    { cpu: 63, sizeBytes: 8, byte: 7, value: 128 },
    { cpu: 64, sizeBytes: 16, byte: 8, value: 1 },
    { cpu: 300, sizeBytes: 40, byte: 37, value: 16 },
  ];
  for (const { cpu, sizeBytes, byte, value } of masks) {
    it(`sets the one bit of CPU ${cpu}, in whole words`, (t) => {
      const call = t.mock.method(libc(), 'sched_setaffinity', () => ({ value: 0, errno: 0 }));
      pinThread(cpu);
      const [thread, size, mask] = (call.mock.calls[0]?.arguments ?? []) as [
        number,
        number,
        Buffer,
      ];
      const expected = Buffer.alloc(sizeBytes);
      expected[byte] = value;
      assert.equal(thread, 0);
      assert.equal(size, sizeBytes);
      assert.deepEqual(mask, expected);
    });
  }
});
