// SPDX-License-Identifier: Apache-2.0
// Messages between the two processes: any bytes, cut anywhere, are the values that they are in one piece, or an error.
import assert from 'node:assert/strict';
import { deserialize } from 'node:v8';
import { decodeFrames, encodeFrame } from '../../../src/border/frames.ts';
import { ExporterError } from '../../../src/errors.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';

const MAX_FRAME_BYTES = 256;

interface Reading {
  readonly values: readonly unknown[];
  readonly isRefused: boolean;
}

/** In one piece. */
function readWhole(bytes: Buffer): Reading {
  const values: unknown[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const length = bytes.readUInt32LE(at);
    if (length === 0 || length > MAX_FRAME_BYTES) {
      return { values, isRefused: true };
    }
    if (at + 4 + length > bytes.length) {
      break;
    }
    try {
      values.push(deserialize(bytes.subarray(at + 4, at + 4 + length)));
    } catch {
      return { values, isRefused: true };
    }
    at += 4 + length;
  }
  return { values, isRefused: false };
}

async function readPieces(pieces: readonly Buffer[]): Promise<Reading> {
  async function* source() {
    yield* pieces;
  }
  const values: unknown[] = [];
  try {
    for await (const value of decodeFrames(source(), MAX_FRAME_BYTES)) {
      values.push(value);
    }
    return { values, isRefused: false };
  } catch (error) {
    assert.ok(error instanceof ExporterError, String(error));
    return { values, isRefused: true };
  }
}

const VALUES = [null, 1, 'text', { type: 'snapshot', slot: 3 }, [1n, undefined], new Uint8Array(9)];

export const frames: Target = {
  name: 'frames',
  maxBytes: 768,
  dictionary: VALUES.map((value) => Buffer.concat(encodeFrame(value)).toString('latin1')),
  async run(input) {
    const script = new Script(input);
    const cuts = Array.from({ length: script.u8() % 8 }, () => script.u8());
    const bytes = script.rest();
    const pieces: Buffer[] = [];
    let at = 0;
    for (const cut of [...cuts, bytes.length]) {
      pieces.push(Buffer.from(bytes.subarray(at, at + cut)));
      at += cut;
    }
    const expected = readWhole(bytes);
    const found = await readPieces(pieces);
    assert.equal(found.isRefused, expected.isRefused);
    assert.deepEqual(found.values, expected.values);
    return undefined;
  },
};
