// SPDX-License-Identifier: Apache-2.0
// A sink that remembers which packets of a FakeProducer it was given.
import assert from 'node:assert/strict';
import type { RecordSink } from '../../../src/collector/batch-reader.ts';
import { slotOf } from './fake-producer.ts';

export class RecordList implements RecordSink {
  readonly ids: number[] = [];

  /** Checks on the way that each record is whole. */
  take(words: Uint32Array, mask: number, first: number, count: number, firstTime: number): void {
    assert.ok(count > 0);
    for (let record = 0; record < count; record++) {
      const id = words[(first + record * 8) & mask] ?? Number.NaN;
      const slot = (words[(first + record * 8 + 7) & mask] ?? Number.NaN) & 0xffff;
      assert.equal(slot, slotOf(id), `slot of record ${id}`);
      if (firstTime >= 0) {
        assert.equal(words[(firstTime + record * 2) & mask], id * 3, `time of record ${id}`);
      }
      this.ids.push(id);
    }
  }
}
