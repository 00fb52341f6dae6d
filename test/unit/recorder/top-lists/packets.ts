// SPDX-License-Identifier: Apache-2.0
// Records as the kernel writes them, from addresses as people write them, and a small TopSources to give them to.
import assert from 'node:assert/strict';
import { isIPv4 } from 'node:net';
import { parseIpv4, parseIpv6 } from '../../../../src/generator/address.ts';
import { RECORD } from '../../../../src/kernel/layout.ts';
import type { Networks } from '../../../../src/recorder/networks/networks.ts';
import { createHashSeed } from '../../../../src/recorder/top-lists/key-hash.ts';
import { TopLists, type TopListsOptions } from '../../../../src/recorder/top-lists/top-lists.ts';
import { FAMILIES, MALFORMED_REASONS } from '../../../../src/snapshot/packet-class.ts';
import type { TopListSnapshot } from '../../../../src/snapshot/top-list.ts';

const UDP = 17;
const PASS = 2;
const SLOTS = 256;
export const RECORD_WORDS = RECORD.sizeBytes / 4;

export interface Packet {
  /** Absent: not IP. */
  readonly source?: string;
  readonly slot?: number;
  readonly length?: number;
  readonly weight?: number;
  readonly malformed?: (typeof MALFORMED_REASONS)[number];
}

/** The 16 bytes of an address in a record. */
export function addressBytes(address: string): Buffer {
  return isIPv4(address)
    ? Buffer.concat([parseIpv4(address), Buffer.alloc(12)])
    : parseIpv6(address);
}

export function encodePackets(packets: readonly Packet[]): Uint32Array {
  const buffer = Buffer.alloc(packets.length * RECORD.sizeBytes);
  for (const [index, packet] of packets.entries()) {
    const { source, slot = 0, length = 100, weight = 1, malformed = 'none' } = packet;
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
    const reason = MALFORMED_REASONS.indexOf(malformed);
    record.writeUInt8(PASS | (family << 3) | (reason << 5), RECORD.offsets.class);
  }
  return new Uint32Array(buffer.buffer, buffer.byteOffset, buffer.length / 4);
}

/** In one piece. */
export function send(top: TopSources, packets: readonly Packet[]): void {
  top.take(encodePackets(packets), 0, packets.length, 0);
}

/** One packet of that weight. */
export function burst(source: string, weight: number, slot = 0): Packet {
  return { source, weight, slot };
}

/** The list of sources, and what all lists share. */
export class TopSources extends TopLists {
  sources(slot: number): TopListSnapshot {
    const { sources } = this.snapshot(slot);
    assert.ok(sources);
    return sources;
  }
}

interface SourcesOptions extends Omit<TopListsOptions, 'maxSeries'> {
  readonly maxSeries: number;
}

export function createTopSources(
  { maxSeries = 3, ...options }: Partial<SourcesOptions> = {},
  slots = SLOTS,
  networks?: Networks,
): TopSources {
  return new TopSources(
    slots,
    {
      maxSeries: { sources: maxSeries, destinations: 0, ports: 0 },
      tableSize: 1024,
      prefixV4: 32,
      prefixV6: 128,
      minShare: 0.001,
      newSeriesPerHour: 3_600_000,
      ...options,
    },
    networks,
    createHashSeed(Buffer.alloc(12, 'seed')),
  );
}

/** What the wall clock shows at 0 of the clock that nobody sets. */
export const WALL_MS = 1_700_000_000_000;

/** @param nowMs of the clock that nobody sets */
export function rankAt(top: TopSources, nowMs: number): void {
  top.rank(nowMs, WALL_MS + nowMs);
}

export function addressesOf(top: TopSources, slot = 0): string[] {
  return top.sources(slot).series.map(({ key }) => key);
}
