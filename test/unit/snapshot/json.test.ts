// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type JsonSnapshot, snapshotToJson } from '../../../src/snapshot/json.ts';
import { absentDevice, deviceOf, snapshotOf, trafficOf } from '../catalogue/snapshots.ts';

describe('snapshotToJson', () => {
  const read = (...given: Parameters<typeof snapshotOf>): JsonSnapshot =>
    JSON.parse(snapshotToJson(snapshotOf(...given)));

  it('writes arrays of numbers as such, and null for a device that was never counted', () => {
    const { parts } = read([deviceOf('eth0'), absentDevice('eth1')], {
      traffic: [trafficOf(1), undefined],
    });
    assert.deepEqual(parts.traffic, [
      {
        packets: [0, 0, 3, 0, 0, 0],
        bytes: [0, 0, 300, 0, 0, 0],
        cpuPackets: [0, 0, 3, 0, 0, 0],
        cpuBytes: [0, 0, 300, 0, 0, 0],
      },
      null,
    ]);
  });

  it('keeps every digit of a 64-bit counter that a snapshot holds', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n - 1n), (counter) => {
        const packets = Float64Array.of(Number(counter));
        const traffic = [{ ...trafficOf(1), packets }];
        const text = snapshotToJson(snapshotOf([deviceOf('eth0')], { traffic }));
        const [, digits = ''] = /"packets":\[(\d+)\]/.exec(text) ?? assert.fail(text);
        assert.equal(Number(digits), packets[0]);
        if (counter <= Number.MAX_SAFE_INTEGER) {
          assert.equal(BigInt(digits), counter);
        }
      }),
    );
  });

  it('is one line, whatever devices are called', () => {
    const name = '<script>"\n\u2028\ud800';
    const text = snapshotToJson(snapshotOf([deviceOf(name)]));
    assert.doesNotMatch(text, /[\n\r]/);
    assert.equal((JSON.parse(text) as JsonSnapshot).devices[0]?.name, name);
  });
});
