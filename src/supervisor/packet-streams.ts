// SPDX-License-Identifier: Apache-2.0
// The streams of packets that one wire has opened. They end with it.
import type { EngineCalls } from '../border/calls.ts';
import type { PacketBatch, PacketRequest, PacketStream } from '../snapshot/packet-stream.ts';

/** As `Engine.openPackets`. */
export type OpenPackets = (
  request: PacketRequest,
  take: (batch: PacketBatch) => boolean,
) => PacketStream;

export class PacketStreams {
  readonly #open: OpenPackets;
  readonly #tell: (stream: number, batch: PacketBatch) => boolean;
  readonly #streams = new Map<number, PacketStream>();
  #nextId = 0;

  /** @param tell hands a batch to the wire; false where that does not read */
  constructor(open: OpenPackets, tell: (stream: number, batch: PacketBatch) => boolean) {
    this.#open = open;
    this.#tell = tell;
  }

  readonly calls: Pick<EngineCalls, 'openPackets' | 'packetsTaken' | 'closePackets'> = {
    openPackets: (request) => {
      const id = this.#nextId++;
      const stream = this.#open(request, (batch) => this.#tell(id, batch));
      this.#streams.set(id, stream);
      return id;
    },
    packetsTaken: ({ stream, rows }) => this.#streams.get(stream)?.taken(rows),
    closePackets: (id) => {
      this.#streams.get(id)?.close();
      this.#streams.delete(id);
    },
  };

  /** Ends them all. */
  close(): void {
    for (const id of this.#streams.keys()) {
      this.calls.closePackets(id);
    }
  }
}
