// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RECORD } from '../../../src/kernel/layout.ts';
import {
  hasAddresses,
  PACKET_ROW,
  PACKET_WORDS,
  packetCount,
  readPacket,
} from '../../../src/snapshot/packet.ts';
import { MALFORMED_REASONS } from '../../../src/snapshot/packet-class.ts';
import { anyRow, ROW, type Row, rowsOf } from './packet-rows.ts';

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
            hasAddresses: packet.hasAddresses,
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
  const isAddressed = (fields: Partial<Row>) => {
    const row = { ...ROW, source: zero, destination: zero, ...fields };
    const rows = rowsOf([ROW, row]);
    assert.equal(readPacket(rows, 1).hasAddresses, hasAddresses(rows.words, PACKET_WORDS));
    return readPacket(rows, 1).hasAddresses;
  };
  const malformedOf = (reason: (typeof MALFORMED_REASONS)[number]) =>
    MALFORMED_REASONS.indexOf(reason);

  it('is true of unspecified addresses in a packet whose headers were read', () => {
    assert.equal(isAddressed({}), true);
    for (const reason of [
      'wrong_total_length',
      'too_many_extensions',
      'truncated_transport',
    ] as const) {
      assert.equal(isAddressed({ malformed: malformedOf(reason) }), true, reason);
    }
  });

  it('is false where the headers ended before them', () => {
    for (const reason of [
      'truncated_link',
      'truncated_network',
      'wrong_version',
      'wrong_header_length',
    ] as const) {
      assert.equal(isAddressed({ malformed: malformedOf(reason) }), false, reason);
    }
  });

  it('is true where they were read before the header ended', () => {
    const malformed = malformedOf('truncated_network');
    assert.equal(isAddressed({ malformed, source: some }), true);
    assert.equal(isAddressed({ malformed, destination: some }), true);
  });

  it('is false of what is not IP', () => {
    assert.equal(isAddressed({ family: 0, source: some }), false);
  });
});

describe('packetCount', () => {
  it('is 0 of no rows', () => {
    assert.equal(packetCount(rowsOf([])), 0);
  });
});
