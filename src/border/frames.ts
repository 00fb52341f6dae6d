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
  const held = new HeldBytes();
  let bodyBytes: number | undefined;
  for await (const chunk of source) {
    held.add(chunk);
    for (;;) {
      const part = held.take(bodyBytes ?? HEADER_BYTES);
      if (part === undefined) {
        break;
      }
      if (bodyBytes === undefined) {
        bodyBytes = checkedLength(part, maxBytes);
      } else {
        bodyBytes = undefined;
        yield decode(part);
      }
    }
  }
}

/** What has arrived and is not used yet. Chunks are put together only once there is enough of them. */
class HeldBytes {
  #chunks: Buffer[] = [];
  #bytes = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  take(bytes: number): Buffer | undefined {
    if (this.#bytes < bytes) {
      return undefined;
    }
    const [first, ...others] = this.#chunks;
    const all = others.length === 0 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#chunks = [all.subarray(bytes)];
    this.#bytes -= bytes;
    return all.subarray(0, bytes);
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
