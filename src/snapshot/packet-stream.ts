// SPDX-License-Identifier: Apache-2.0
// A stream of packets to one reader: what it asks for, what it gets, and what it is told of the rest.
import type { PacketRows } from './packet.ts';

export interface PacketRequest {
  /** Devices as rows name them: "eth0", or "blue/eth0". Absent: every device. */
  readonly devices?: readonly string[];
  /** See src/filter/parse.ts. Empty: every packet. */
  readonly filter: string;
  /** One record in so many, at random; 1: all of them. */
  readonly sample: number;
}

/** Records of the devices that were asked for, since the stream began. They add up to all that the exporter read. */
export interface PacketCounts {
  /** Handed over as rows. */
  readonly rows: number;
  /** They do not match the filter. */
  readonly filtered: number;
  /** Passed over by the sampling of this stream. */
  readonly sampledOut: number;
  /** Not looked at, since the reader was behind or the exporter had no time for it: some might have matched. */
  readonly missed: number;
}

/** A part of the stream. It may be without rows: then it brings the counts alone. */
export interface PacketBatch extends PacketRows {
  /** As of its last row. */
  readonly counts: PacketCounts;
  /** The exporter's own: it has a record of one packet in so many. */
  readonly sampleInterval: number;
}

/** Where batches come from. */
export interface PacketStream {
  /** The reader is done with so many rows, and may be sent as many more. */
  taken(rows: number): void;
  close(): void;
}
