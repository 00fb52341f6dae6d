// SPDX-License-Identifier: Apache-2.0
// Rows of packets as lines on standard output.
import { type PacketRows, packetCount, readPacket } from '../snapshot/packet.ts';
import type { CommandContext } from './command.ts';
import { type PacketFields, packetFields } from './packet-line.ts';

/** Prints up to a limit, and says when it is reached. */
export class PacketPrinter {
  printed = 0;
  readonly full: Promise<void>;
  readonly #limit: number;
  readonly #encode: (fields: PacketFields) => string;
  readonly #write: CommandContext<'log'>['write'];
  #resolveFull = () => {};
  readonly #bootMs: () => number;

  /** @param bootMs see `createPacketClock` */
  constructor(
    limit: number,
    encode: (fields: PacketFields) => string,
    write: CommandContext<'log'>['write'],
    bootMs: () => number,
  ) {
    this.#limit = limit;
    this.#encode = encode;
    this.#write = write;
    this.#bootMs = bootMs;
    this.full = new Promise((resolve) => {
      this.#resolveFull = resolve;
    });
  }

  /** @param done called when the rows are out, however long their reader takes: what waits for it stays bounded */
  print(rows: PacketRows, done: () => void): void {
    const count = Math.min(packetCount(rows), this.#limit - this.printed);
    // Anew for each message, which is some milliseconds old: the wall clock may have been set since the last one.
    const bootMs = this.#bootMs();
    let text = '';
    for (let row = 0; row < count; row++) {
      text += `${this.#encode(packetFields(readPacket(rows, row), bootMs))}\n`;
    }
    this.printed += count;
    if (count > 0) {
      this.#write(text, done);
    } else {
      done();
    }
    if (this.printed >= this.#limit) {
      this.#resolveFull();
    }
  }
}
