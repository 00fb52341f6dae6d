// SPDX-License-Identifier: Apache-2.0
// A record's bytes as the packet that they describe.
import { RECORD } from '../../../src/kernel/layout.ts';
import { FAMILIES, MALFORMED_REASONS } from '../../../src/snapshot/packet-class.ts';
import type { ParsedPacket } from './packet-case.ts';

/** All of a record but its mark, which is the transport's, and its time, which few have. */
export interface LoggedPacket extends ParsedPacket {
  readonly action: number;
  readonly weight: number;
  readonly slot: number;
  readonly rxQueue: number;
}

export function decodeRecord(record: Buffer): LoggedPacket {
  const { offsets } = RECORD;
  const addressAt = (offset: number) => record.toString('hex', offset, offset + 16);
  const classes = record.readUInt8(offsets.class);
  return {
    family: nameOf(FAMILIES, (classes >> 3) & 3),
    protocol: record.readUInt8(offsets.protocol),
    malformed: nameOf(MALFORMED_REASONS, classes >> 5),
    source: addressAt(offsets.source),
    destination: addressAt(offsets.destination),
    sourcePort: record.readUInt16BE(offsets.source_port),
    destinationPort: record.readUInt16BE(offsets.destination_port),
    tcpFlags: record.readUInt8(offsets.tcp_flags),
    hopLimit: record.readUInt8(offsets.hop_limit),
    vlan: record.readUInt16LE(offsets.vlan),
    length: record.readUInt32LE(offsets.length),
    action: classes & 7,
    weight: record.readUInt32LE(offsets.weight),
    slot: record.readUInt16LE(offsets.slot),
    rxQueue: record.readUInt16LE(offsets.rx_queue),
  };
}

function nameOf<Name>(names: readonly Name[], code: number): Name {
  const name = names[code];
  if (name === undefined) {
    throw new RangeError(`decode record: no name for ${code}`);
  }
  return name;
}
