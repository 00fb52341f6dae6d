// SPDX-License-Identifier: Apache-2.0
// Thousands of records in a few lines: what they say, and how many say the same.
import { RECORD } from '../../../src/kernel/layout.ts';
import { decodeRecord } from '../../kernel/packet-table/logged-packet.ts';
import { DESTINATION } from './foreign.ts';

/** What a record says of a frame. */
export function described(frame: { action: number; length: number; source: number }, slot: number) {
  const { action, length, source } = frame;
  const addresses = [source, DESTINATION].map((address) => address.toString(16));
  return { action, length, slot, addresses, ports: [40_000, 53], malformed: 'none', weight: 1 };
}

/** Records that say the same, once, and how many there are. */
export function describeRecords(records: readonly Buffer[]) {
  const times = new Map<string, number>();
  for (const record of records) {
    const told = Buffer.from(record);
    // Few have one.
    told.writeBigUInt64LE(0n, RECORD.offsets.time);
    // The mark, which is the transport's, is at the end.
    const bytes = told.toString('latin1', 0, RECORD.offsets.mark);
    times.set(bytes, (times.get(bytes) ?? 0) + 1);
  }
  return [...times].map(([bytes, count]) => {
    const { source, destination, sourcePort, destinationPort, ...rest } = decodeRecord(
      Buffer.from(bytes.padEnd(RECORD.sizeBytes, '\0'), 'latin1'),
    );
    const { action, length, slot, malformed, weight } = rest;
    const addresses = [source, destination].map((address) => address.slice(0, 8));
    const ports = [sourcePort, destinationPort];
    return { action, length, slot, addresses, ports, malformed, weight, times: count };
  });
}
