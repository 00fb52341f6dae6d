// SPDX-License-Identifier: Apache-2.0
// Values on a stream of bytes: each by the structured clone algorithm, with its length in front.
import { deserialize, serialize } from 'node:v8';
import { ExporterError } from '../errors.ts';

const HEADER_BYTES = 4;

export function encodeFrame(value: unknown): readonly [Buffer, Buffer] {
  const body = serialize(value);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(body.length);
  return [header, body];
}

/**
 * The values that arrive, and not one byte more than `maxBytes` of each is held. Throws an ExporterError where one is longer
 * or is no value at all; Node's own channel has no such bound.
 */
export async function* decodeFrames(
  source: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<unknown> {
  let chunks: Buffer[] = [];
  let heldBytes = 0;
  let wantedBytes = HEADER_BYTES;
  let isHeader = true;
  for await (const chunk of source) {
    chunks.push(chunk);
    heldBytes += chunk.length;
    while (heldBytes >= wantedBytes) {
      const held = chunks.length === 1 ? (chunks[0] ?? chunk) : Buffer.concat(chunks);
      const part = held.subarray(0, wantedBytes);
      const rest = held.subarray(wantedBytes);
      chunks = rest.length === 0 ? [] : [rest];
      heldBytes = rest.length;
      if (isHeader) {
        wantedBytes = checkedLength(part, maxBytes);
      } else {
        yield decode(part);
        wantedBytes = HEADER_BYTES;
      }
      isHeader = !isHeader;
    }
  }
}

function checkedLength(header: Buffer, maxBytes: number): number {
  const bytes = header.readUInt32LE();
  if (bytes === 0 || bytes > maxBytes) {
    throw new ExporterError(
      `read message: it has ${bytes} bytes, and may have from 1 to ${maxBytes}`,
    );
  }
  return bytes;
}

function decode(body: Buffer): unknown {
  try {
    return deserialize(body);
  } catch (cause) {
    throw new ExporterError('read message: it is no value', { cause });
  }
}
