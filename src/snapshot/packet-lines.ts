// SPDX-License-Identifier: Apache-2.0
// Parts of a stream of packets as lines of JSON: for people, and with the rows as they are for `log`.
import { ExporterError, errorMessage } from '../errors.ts';
import { formatAddress } from './address.ts';
import { PACKET_ROW, PACKET_WORDS, packetCount, readPacket } from './packet.ts';
import { ACTIONS, FAMILIES, MALFORMED_REASONS } from './packet-class.ts';
import type { PacketBatch } from './packet-stream.ts';

/** Words in the machine's own order, as base64. */
export function encodeWords({ words, ...others }: PacketBatch): string {
  const { buffer, byteOffset, byteLength } = words;
  return JSON.stringify({
    ...others,
    words: Buffer.from(buffer, byteOffset, byteLength).toString('base64'),
  });
}

/**
 * The inverse of `encodeWords`.
 * @throws ExporterError where the line is none of its making
 */
export function decodeWords(line: string): PacketBatch {
  try {
    const { words, ...others } = JSON.parse(line) as Omit<PacketBatch, 'words'> & { words: string };
    // A copy: a small Buffer shares its memory, which may begin anywhere, with others.
    const bytes = Uint8Array.from(Buffer.from(words, 'base64'));
    return { ...others, words: new Uint32Array(bytes.buffer) };
  } catch (cause) {
    throw new ExporterError(`read packets: ${errorMessage(cause)}`, { cause });
  }
}

/** Packets with their fields by name; docs/control.md says what each is. */
export function encodePackets(batch: PacketBatch): string {
  const { counts, sampleInterval } = batch;
  const packets = Array.from({ length: packetCount(batch) }, (_, row) => describe(batch, row));
  return JSON.stringify({ packets, counts, sampleInterval });
}

function describe(batch: PacketBatch, row: number) {
  const { family, action, malformed, source, destination, hasAddresses, ...others } = readPacket(
    batch,
    row,
  );
  const name = FAMILIES[family];
  const addresses =
    hasAddresses && name !== undefined && name !== 'other'
      ? { source: formatAddress(source, name), destination: formatAddress(destination, name) }
      : {};
  return {
    ...others,
    monotonicNs: exactTime(batch, row),
    family: name,
    ...addresses,
    action: ACTIONS[action],
    malformed: MALFORMED_REASONS[malformed],
  };
}

/** 64 bits, of which a number of JSON holds 53. */
function exactTime({ words }: PacketBatch, row: number): string {
  const at = row * PACKET_WORDS + PACKET_ROW.time;
  return String((BigInt(words[at + 1] ?? 0) << 32n) | BigInt(words[at] ?? 0));
}
