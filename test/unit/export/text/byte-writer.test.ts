// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ByteWriter } from '../../../../src/export/text/byte-writer.ts';

function write(action: (writer: ByteWriter) => void, capacity = 0): string {
  const writer = new ByteWriter(capacity);
  action(writer);
  return writer.finish().toString();
}

describe('ByteWriter', () => {
  it('grows by what is written', () => {
    const parts = ['é\u{1f41d}', 'x'.repeat(10_000), '', 'end'];
    for (const capacity of [0, 1, 9_999, 20_000]) {
      const text = write((writer) => {
        for (const part of parts) {
          writer.text(part);
        }
        writer.line(Buffer.from('name '), 1234);
      }, capacity);
      assert.equal(text, `${parts.join('')}name 1234\n`);
    }
  });
});
