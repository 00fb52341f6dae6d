// SPDX-License-Identifier: Apache-2.0
// Rows as bpf/abi.h lays out a record, with ports as they are in a packet, and then the CPU.
import fc from 'fast-check';
import { RECORD } from '../../../src/kernel/layout.ts';
import { PACKET_WORDS, type PacketRows } from '../../../src/snapshot/packet.ts';

export interface Row {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly lengthBytes: number;
  readonly weight: number;
  readonly slot: number;
  readonly protocol: number;
  readonly action: number;
  readonly family: number;
  readonly malformed: number;
  readonly ns: bigint;
  readonly vlan: number;
  readonly rxQueue: number;
  readonly tcpFlags: number;
  readonly hopLimit: number;
  readonly cpu: number;
}

export const ROW: Row = {
  source: Uint8Array.from({ length: 16 }, (_, index) => index + 1),
  destination: Uint8Array.from({ length: 16 }, (_, index) => index + 101),
  sourcePort: 40_000,
  destinationPort: 53,
  lengthBytes: 74,
  weight: 1,
  slot: 3,
  protocol: 17,
  action: 2,
  family: 1,
  malformed: 0,
  ns: 123_456_789n,
  vlan: 7,
  rxQueue: 2,
  tcpFlags: 0x12,
  hopLimit: 64,
  cpu: 5,
};

export function rowsOf(rows: readonly Row[], devices: PacketRows['devices'] = {}): PacketRows {
  const words = new Uint32Array(rows.length * PACKET_WORDS);
  const bytes = Buffer.from(words.buffer);
  for (const [index, row] of rows.entries()) {
    const record = bytes.subarray(index * PACKET_WORDS * 4, (index + 1) * PACKET_WORDS * 4);
    const { offsets } = RECORD;
    record.set(row.source, offsets.source);
    record.set(row.destination, offsets.destination);
    record.writeUInt16BE(row.sourcePort, offsets.source_port);
    record.writeUInt16BE(row.destinationPort, offsets.destination_port);
    record.writeUInt32LE(row.lengthBytes, offsets.length);
    record.writeUInt32LE(row.weight, offsets.weight);
    record.writeUInt16LE(row.slot, offsets.slot);
    record.writeUInt8(row.protocol, offsets.protocol);
    record.writeUInt8(row.action | (row.family << 3) | (row.malformed << 5), offsets.class);
    record.writeBigUInt64LE(row.ns, offsets.time);
    record.writeUInt16LE(row.vlan, offsets.vlan);
    record.writeUInt16LE(row.rxQueue, offsets.rx_queue);
    record.writeUInt8(row.tcpFlags, offsets.tcp_flags);
    record.writeUInt8(row.hopLimit, offsets.hop_limit);
    record.writeUInt16LE(0xabcd, offsets.mark);
    record.writeUInt32LE(row.cpu, RECORD.sizeBytes);
  }
  return { words, devices };
}

/** Fields of any value, most of which no program of ours writes together. */
export const anyRow: fc.Arbitrary<Row> = fc.record({
  source: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  destination: fc.uint8Array({ minLength: 16, maxLength: 16 }),
  sourcePort: fc.nat(0xffff),
  destinationPort: fc.nat(0xffff),
  lengthBytes: fc.nat(0xffff_ffff),
  weight: fc.nat(0xffff_ffff),
  slot: fc.nat(0xffff),
  protocol: fc.nat(0xff),
  action: fc.nat(7),
  family: fc.nat(3),
  malformed: fc.nat(7),
  ns: fc.bigInt(0n, 2n ** 53n),
  vlan: fc.nat(0xffff),
  rxQueue: fc.nat(0xffff),
  tcpFlags: fc.nat(0xff),
  hopLimit: fc.nat(0xff),
  cpu: fc.nat(0xffff_ffff),
});
