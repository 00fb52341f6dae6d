// SPDX-License-Identifier: Apache-2.0
// Writes a stream of packets to its reader, and tells the engine how far that is: the engine then sends as much more.
import type { ServerResponse } from 'node:http';
import { packetCount } from '../snapshot/packet.ts';
import type { PacketBatch } from '../snapshot/packet-stream.ts';

export class PacketWriter {
  readonly #response: ServerResponse;
  readonly #encode: (batch: PacketBatch) => string;
  readonly #tellTaken: (rows: number) => boolean;
  /** Not written yet: no more rows than the engine lets be under way. */
  readonly #waiting: PacketBatch[] = [];
  /** Taken by the reader, and not told to the engine. */
  #taken = 0;

  /** @param tellTaken false where that is lost */
  constructor(
    response: ServerResponse,
    encode: (batch: PacketBatch) => string,
    tellTaken: (rows: number) => boolean,
  ) {
    this.#response = response;
    this.#encode = encode;
    this.#tellTaken = tellTaken;
    response.on('drain', () => this.#writeOn());
  }

  write(batch: PacketBatch): void {
    const last = this.#waiting.at(-1);
    if (last !== undefined && packetCount(last) === 0) {
      // It has nothing but counts, and these are newer.
      this.#waiting.pop();
    }
    this.#waiting.push(batch);
    this.#writeOn();
  }

  end(): void {
    this.#response.end();
  }

  /** What is written before the reader has taken it waits in the response, a line at most. */
  #writeOn(): void {
    while (!this.#response.writableNeedDrain && !this.#response.writableEnded) {
      const batch = this.#waiting.shift();
      if (batch === undefined) {
        return;
      }
      this.#response.write(`${this.#encode(batch)}\n`);
      this.#taken += packetCount(batch);
      if (this.#taken > 0 && this.#tellTaken(this.#taken)) {
        this.#taken = 0;
      }
    }
  }
}
