// SPDX-License-Identifier: Apache-2.0
// The plan as bytes for the program's .rodata.
import { buildHeader } from './frames.ts';
import { GENERATOR_SETTINGS, GENERATOR_STREAM } from './layout.ts';
import type { GeneratorPlan } from './options.ts';
import type { AddressKind, Stream } from './stream.ts';
import { orderTurns } from './turns.ts';

/** enum generator_draw; one address is drawn as a cycle of one. */
const DRAWS: Readonly<Record<AddressKind, number>> = { fixed: 0, cycle: 0, uniform: 1, skewed: 2 };

/** Interface indexes. */
export interface Route {
  /** Where live frames say that they come from. */
  readonly ingress: number;
  /** Where they are redirected to. */
  readonly egress: number;
}

/** Throws a ConfigError where the weights of the streams need too many turns. */
export function encodeSettings({ seed, streams }: GeneratorPlan, route: Route): Buffer {
  const { sizeBytes, offsets } = GENERATOR_SETTINGS;
  const settings = Buffer.alloc(sizeBytes);
  const turns = orderTurns(streams.map(({ weight }) => weight));
  settings.writeBigUInt64LE(BigInt(seed), offsets.seed);
  settings.writeUInt32LE(route.ingress, offsets.ingress);
  settings.writeUInt32LE(route.egress, offsets.egress);
  settings.writeUInt32LE(turns.length, offsets.turns);
  settings.set(turns, offsets.turn);
  streams.forEach((stream, index) => {
    settings.set(encodeStream(stream), offsets.streams + index * GENERATOR_STREAM.sizeBytes);
  });
  return settings;
}

function encodeStream(kind: Stream): Buffer {
  const { family, length, sources, destinations, port } = kind;
  const { header, ...offsets } = GENERATOR_STREAM.offsets;
  const template = buildHeader({
    ...kind,
    source: sources.first,
    destination: destinations.first,
  });
  const numbers: Readonly<Record<keyof typeof offsets, number>> = {
    family,
    ip_offset: template.ipOffset,
    first_source: lowBits(sources.first),
    sources: sources.count,
    source_draw: DRAWS[sources.kind],
    source_groups: groupsOf(sources.count),
    first_destination: lowBits(destinations.first),
    destinations: destinations.count,
    destination_draw: DRAWS[destinations.kind],
    destination_groups: groupsOf(destinations.count),
    first_length: length.from,
    lengths: length.to - length.from + 1,
    ip_sum: template.ipSum,
    transport_sum: template.transportSum,
    length_terms: template.lengthTerms,
    checksum_offset: template.checksumOffset,
    udp_length_offset: template.udpLengthOffset,
    port_offset: template.portOffset,
    first_port: port.from,
    ports: port.to - port.from + 1,
  };
  const stream = Buffer.alloc(GENERATOR_STREAM.sizeBytes);
  template.bytes.copy(stream, header);
  for (const [name, offset] of Object.entries(offsets)) {
    stream.writeUInt32LE(numbers[name as keyof typeof offsets], offset);
  }
  return stream;
}

function lowBits(address: Buffer): number {
  return address.readUInt32BE(address.length - 4);
}

/** Of a skewed draw. */
function groupsOf(count: number): number {
  return 32 - Math.clz32(count);
}
