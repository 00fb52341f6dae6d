// SPDX-License-Identifier: Apache-2.0
// Rows of packets as lines on standard output.
import { type Packet, type PacketRows, packetCount, readPacket } from '../snapshot/packet.ts';
import type { CommandContext } from './command.ts';

/** @param bootMs see `createPacketClock` */
export type Encode = (packet: Packet, bootMs: number) => string;

/** Prints up to a limit. */
export class PacketPrinter {
  printed = 0;
  readonly #limit: number;
  readonly #encode: Encode;
  readonly #write: CommandContext<'log'>['write'];
  readonly #bootMs: () => number;
  #isHurried = false;
  #goOn = () => {};

  /** @param bootMs see `createPacketClock` */
  constructor(
    limit: number,
    encode: Encode,
    write: CommandContext<'log'>['write'],
    bootMs: () => number,
  ) {
    this.#limit = limit;
    this.#encode = encode;
    this.#write = write;
    this.#bootMs = bootMs;
  }

  /** Until the limit is reached or there are no more. */
  async printAll(batches: AsyncIterable<PacketRows>): Promise<void> {
    for await (const rows of batches) {
      await this.#print(rows);
      if (this.printed >= this.#limit) {
        return;
      }
    }
  }

  /** Waits for the reader of standard output no longer: the process is to end, and keeps for it what is left. */
  hurry(): void {
    this.#isHurried = true;
    this.#goOn();
  }

  /** Resolves when the rows are out, however long their reader takes: so what waits for it stays bounded. */
  async #print(rows: PacketRows): Promise<void> {
    const count = Math.min(packetCount(rows), this.#limit - this.printed);
    // Anew for each batch, which is some milliseconds old: the wall clock may have been set since the last one.
    const bootMs = this.#bootMs();
    let text = '';
    for (let row = 0; row < count; row++) {
      text += this.#encode(readPacket(rows, row), bootMs);
    }
    this.printed += count;
    await new Promise<void>((resolve) => {
      this.#goOn = resolve;
      this.#write(text, resolve);
      if (this.#isHurried) {
        resolve();
      }
    });
  }
}
