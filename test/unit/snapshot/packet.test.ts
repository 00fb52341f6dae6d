// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RECORD } from '../../../src/kernel/layout.ts';
import {
  hasAddresses,
  PACKET_ROW,
  PACKET_WORDS,
  type Packet,
  type PacketRows,
  packetCount,
  readPacket,
} from '../../../src/snapshot/packet.ts';
import { MALFORMED_REASONS } from '../../../src/snapshot/packet-class.ts';

interface Row {
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

const ROW: Row = {
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

/** As bpf/abi.h lays out a record, with ports as they are in a packet, and then the CPU. */
function rowsOf(rows: readonly Row[], devices: PacketRows['devices'] = {}): PacketRows {
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

const anyRow: fc.Arbitrary<Row> = fc.record({
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

describe('readPacket', () => {
  it('reads every field of every row as it was written, whatever lies beside it', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 5 }), (rows) => {
        const devices = Object.fromEntries(rows.map(({ slot }) => [slot, `device${slot}`]));
        const packets = rowsOf(rows, devices);
        assert.equal(packetCount(packets), rows.length);
        for (const [index, { slot, ns, source, destination, ...fields }] of rows.entries()) {
          const packet = readPacket(packets, index);
          assert.deepEqual(packet, {
            ...fields,
            device: `device${slot}`,
            monotonicNs: Number(ns),
            source: packet.source,
            destination: packet.destination,
          });
          assert.deepEqual([...packet.source], [...source]);
          assert.deepEqual([...packet.destination], [...destination]);
        }
      }),
    );
  });

  it('reads rows that lie somewhere within a larger buffer', () => {
    const { words } = rowsOf([{ ...ROW, cpu: 1 }, ROW]);
    const larger = new Uint32Array(100);
    larger.set(words, 7);
    const rows = { words: larger.subarray(7, 7 + words.length), devices: { 3: 'eth0' } };
    assert.equal(packetCount(rows), 2);
    assert.deepEqual([...readPacket(rows, 1).source], [...ROW.source]);
    assert.equal(readPacket(rows, 1).cpu, 5);
  });

  it('reads rows that were sent to another thread', () => {
    const sent = structuredClone(rowsOf([ROW], { 3: 'eth0' }));
    assert.deepEqual(readPacket(sent, 0), readPacket(rowsOf([ROW], { 3: 'eth0' }), 0));
  });

  it('calls a device "?" whose slot it knows no name of', () => {
    assert.equal(readPacket(rowsOf([ROW], { 2: 'eth0', 4: 'eth1' }), 0).device, '?');
  });

  it('knows the time to the microsecond after 285 years', () => {
    const years = 285n * 31_556_952n * 1_000_000_000n;
    for (const ns of [years, years + 1_000n, years + 999_999_000n]) {
      const { monotonicNs } = readPacket(rowsOf([{ ...ROW, ns }]), 0);
      const error = BigInt(monotonicNs) - ns;
      assert.ok(error > -1_000n && error < 1_000n, `off by ${error} ns`);
    }
  });
});

describe('PACKET_ROW', () => {
  it('says where the fields of a record are', () => {
    const { offsets, sizeBytes } = RECORD;
    const { time, vlan, tcp_flags, source_port, slot, length, weight } = offsets;
    assert.deepEqual(PACKET_ROW, {
      source: offsets.source / 4,
      destination: offsets.destination / 4,
      ports: source_port / 4,
      length: length / 4,
      weight: weight / 4,
      kind: slot / 4,
      time: time / 4,
      path: vlan / 4,
      flags: tcp_flags / 4,
      cpu: sizeBytes / 4,
    });
    assert.equal(PACKET_WORDS, sizeBytes / 4 + 1);
  });
});

describe('hasAddresses', () => {
  const zero = new Uint8Array(16);
  const some = ROW.source;
  const packet = (fields: Partial<Packet>): Packet => ({
    ...readPacket(rowsOf([ROW]), 0),
    source: zero,
    destination: zero,
    ...fields,
  });
  const malformedOf = (reason: (typeof MALFORMED_REASONS)[number]) =>
    MALFORMED_REASONS.indexOf(reason);

  it('is true of unspecified addresses in a packet whose headers were read', () => {
    assert.equal(hasAddresses(packet({})), true);
    for (const reason of [
      'wrong_total_length',
      'too_many_extensions',
      'truncated_transport',
    ] as const) {
      assert.equal(hasAddresses(packet({ malformed: malformedOf(reason) })), true, reason);
    }
  });

  it('is false where the headers ended before them', () => {
    for (const reason of [
      'truncated_link',
      'truncated_network',
      'wrong_version',
      'wrong_header_length',
    ] as const) {
      assert.equal(hasAddresses(packet({ malformed: malformedOf(reason) })), false, reason);
    }
  });

  it('is true where they were read before the header ended', () => {
    const malformed = malformedOf('truncated_network');
    assert.equal(hasAddresses(packet({ malformed, source: some })), true);
    assert.equal(hasAddresses(packet({ malformed, destination: some })), true);
  });

  it('is false of what is not IP', () => {
    assert.equal(hasAddresses(packet({ family: 0, source: some })), false);
  });
});

describe('packetCount', () => {
  it('is 0 of no rows', () => {
    assert.equal(packetCount(rowsOf([])), 0);
  });
});
