// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { decodeFrames, encodeFrame } from '../../../src/border/frames.ts';

async function decodeAll(chunks: readonly Buffer[], maxBytes = 1_000_000): Promise<unknown[]> {
  async function* source() {
    yield* chunks;
  }
  const values: unknown[] = [];
  for await (const value of decodeFrames(source(), maxBytes)) {
    values.push(value);
  }
  return values;
}

const frameOf = (value: unknown) => Buffer.concat(encodeFrame(value));

describe('frames', () => {
  it('come out as they went in, however the bytes are cut', async () => {
    const values = fc.array(fc.anything(), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(values, fc.array(fc.nat(200), { maxLength: 20 }), async (given, cuts) => {
        const plain = given.map((value) => structuredCloneOf(value)).filter(isPlain);
        const bytes = Buffer.concat(plain.map(frameOf));
        const chunks: Buffer[] = [];
        let at = 0;
        for (const cut of cuts) {
          chunks.push(bytes.subarray(at, at + cut));
          at += cut;
        }
        assert.deepEqual(await decodeAll([...chunks, bytes.subarray(at)]), plain);
      }),
      { numRuns: 200 },
    );
  });

  it('keep typed arrays', async () => {
    const value = { packets: Float64Array.of(1, 2 ** 53), at: new Map([[1, 'a']]) };
    assert.deepEqual(await decodeAll([frameOf(value)]), [value]);
  });

  it('are refused where they claim more than may be held, before it is held', async () => {
    const header = Buffer.from([0xff, 0xff, 0xff, 0xff]);
    await assert.rejects(
      decodeAll([header], 64),
      /^ExporterError: read message: it has 4294967295/,
    );
    await assert.rejects(decodeAll([Buffer.alloc(4)], 64), /it has 0 bytes/);
  });

  it('are refused where they hold no value', async () => {
    const garbage = Buffer.concat([Buffer.from([3, 0, 0, 0]), Buffer.from('xyz')]);
    await assert.rejects(decodeAll([garbage]), /^ExporterError: read message: it is no value$/);
  });

  it('of which the end is missing are not there', async () => {
    assert.deepEqual(await decodeAll([frameOf('whole'), frameOf('cut').subarray(0, 6)]), ['whole']);
  });
});

function structuredCloneOf(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return undefined;
  }
}

/** Not -0 and its like, which is not what this is about. */
function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || Array.isArray(value);
}
