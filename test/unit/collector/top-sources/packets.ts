// SPDX-License-Identifier: Apache-2.0
// Records as the kernel writes them, from addresses as people write them, and a small TopSources to give them to.
import { isIPv4 } from 'node:net';
import { createHashSeed } from '../../../../src/collector/top-sources/source-hash.ts';
import {
  TopSources,
  type TopSourcesOptions,
} from '../../../../src/collector/top-sources/top-sources.ts';
import { parseIpv4, parseIpv6 } from '../../../../src/generator/address.ts';
import { RECORD } from '../../../../src/kernel/abi.ts';
import { FAMILIES } from '../../../../src/snapshot/logger.ts';

const UDP = 17;
const PASS = 2;
export const RECORD_WORDS = RECORD.sizeBytes / 4;

export interface Packet {
  /** Absent: not IP. */
  readonly source?: string;
  readonly slot?: number;
  readonly length?: number;
  readonly weight?: number;
}

/** The 16 bytes of an address in a record. */
export function addressBytes(address: string): Buffer {
  return isIPv4(address)
    ? Buffer.concat([Buffer.from('00000000000000000000ffff', 'hex'), parseIpv4(address)])
    : parseIpv6(address);
}

export function encodePackets(packets: readonly Packet[]): Uint32Array {
  const buffer = Buffer.alloc(packets.length * RECORD.sizeBytes);
  for (const [index, { source, slot = 0, length = 100, weight = 1 }] of packets.entries()) {
    const record = buffer.subarray(index * RECORD.sizeBytes);
    let family = FAMILIES.indexOf('other');
    if (source !== undefined) {
      addressBytes(source).copy(record);
      family = FAMILIES.indexOf(isIPv4(source) ? 'ipv4' : 'ipv6');
    }
    record.writeUInt32LE(length, RECORD.offsets.length);
    record.writeUInt32LE(weight, RECORD.offsets.weight);
    record.writeUInt16LE(slot, RECORD.offsets.slot);
    record.writeUInt8(UDP, RECORD.offsets.protocol);
    record.writeUInt8(PASS | (family << 3), RECORD.offsets.class);
  }
  return new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4);
}

/** In one piece that does not wrap. */
export function send(top: TopSources, packets: readonly Packet[]): void {
  top.take(encodePackets(packets), -1, 0, packets.length);
}

/** One packet of that weight. */
export function burst(source: string, weight: number, slot = 0): Packet {
  return { source, weight, slot };
}

export function createTopSources(options: Partial<TopSourcesOptions> = {}): TopSources {
  return new TopSources(
    {
      maxSeries: 3,
      tableSize: 1024,
      prefixV4: 32,
      prefixV6: 128,
      minShare: 0.001,
      newSeriesPerHour: 3_600_000,
      ...options,
    },
    createHashSeed(Buffer.alloc(12, 'seed')),
  );
}

export function addressesOf(top: TopSources, slot = 0): string[] {
  return top.snapshot(slot).sources.map(({ address }) => address);
}
