// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RECORD } from '../../../src/kernel/abi.ts';
import {
  PACKET_WORDS,
  type PacketRows,
  packetCount,
  readPacket,
} from '../../../src/snapshot/packet.ts';

interface Row {
  readonly source: Uint8Array;
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
  readonly cpu: number;
}

const ROW: Row = {
  source: Uint8Array.from({ length: 16 }, (_, index) => index + 1),
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
  cpu: 5,
};

/** As bpf/abi.h lays out a record, with ports as they are in a packet, and then its time and its CPU. */
function rowsOf(rows: readonly Row[], devices: PacketRows['devices'] = {}): PacketRows {
  const words = new Uint32Array(rows.length * PACKET_WORDS);
  const bytes = Buffer.from(words.buffer);
  for (const [index, row] of rows.entries()) {
    const record = bytes.subarray(index * PACKET_WORDS * 4, (index + 1) * PACKET_WORDS * 4);
    const { offsets } = RECORD;
    record.set(row.source, offsets.address);
    record.writeUInt16BE(row.sourcePort, offsets.source_port);
    record.writeUInt16BE(row.destinationPort, offsets.destination_port);
    record.writeUInt32LE(row.lengthBytes, offsets.length);
    record.writeUInt32LE(row.weight, offsets.weight);
    record.writeUInt16LE(row.slot, offsets.slot);
    record.writeUInt8(row.protocol, offsets.protocol);
    record.writeUInt8(row.action | (row.family << 3) | (row.malformed << 5), offsets.class);
    record.writeBigUInt64LE(row.ns, RECORD.sizeBytes);
    record.writeUInt32LE(row.cpu, RECORD.sizeBytes + 8);
  }
  return { words, devices };
}

const anyRow: fc.Arbitrary<Row> = fc.record({
  source: fc.uint8Array({ minLength: 16, maxLength: 16 }),
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
  cpu: fc.nat(0xffff_ffff),
});

describe('readPacket', () => {
  it('reads every field of every row as it was written, whatever lies beside it', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { minLength: 1, maxLength: 5 }), (rows) => {
        const devices = Object.fromEntries(rows.map(({ slot }) => [slot, `device${slot}`]));
        const packets = rowsOf(rows, devices);
        assert.equal(packetCount(packets), rows.length);
        for (const [index, { slot, ns, source, ...fields }] of rows.entries()) {
          const packet = readPacket(packets, index);
          assert.deepEqual(packet, {
            ...fields,
            device: `device${slot}`,
            monotonicNs: Number(ns),
            source: packet.source,
          });
          assert.deepEqual([...packet.source], [...source]);
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

describe('packetCount', () => {
  it('is 0 of no rows', () => {
    assert.equal(packetCount(rowsOf([])), 0);
  });
});
