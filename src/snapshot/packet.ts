// SPDX-License-Identifier: Apache-2.0
// Packets on their way from the engine to `xdp-exporter log`: a row of words each, copied once.

/** Words of a row: a struct xdp_record of bpf/abi.h as it was written, and then the CPU. */
export const PACKET_WORDS = 17;

/** Which word of a row holds what. Of two u16 in a word the first is the lower half. */
export const PACKET_ROW = {
  source: 0,
  destination: 4,
  /** Source and destination port. */
  ports: 8,
  length: 9,
  weight: 10,
  /** The slot (16 bits), the protocol (8), the action (3), the family (2) and what is malformed (3). */
  kind: 11,
  /** Two words, the lower one first. */
  time: 12,
  /** VLAN and receive queue. */
  path: 14,
  /** TCP flags (8 bits), hop limit (8), and the mark of the record's position. */
  flags: 15,
  cpu: 16,
} as const;

const ADDRESS_BYTES = 16;
const OTHER_FAMILY = 0;
const WELL_FORMED = 0;
/** XDP_EXPORTER_WRONG_HEADER_LENGTH: for this reason and those before it the addresses may not have been read. */
const LAST_WITHOUT_ADDRESS = 4;

/** A part of the log. Rows are in the order of their packets for each CPU, but not across CPUs. */
export interface PacketRows {
  readonly words: Uint32Array<ArrayBuffer>;
  /** Device names by slot. */
  readonly devices: Readonly<Record<number, string>>;
}

/** One packet, as far as its headers were read. */
export interface Packet {
  readonly device: string;
  readonly cpu: number;
  /** Index of the receive queue. */
  readonly rxQueue: number;
  /** ns of the kernel's CLOCK_MONOTONIC; to the microsecond for 285 years of uptime. */
  readonly monotonicNs: number;
  /** 16 bytes in network order, an IPv4 address in the first four; all zero where the packet has none. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** Whether the two are the packet's: see `hasAddresses`. */
  readonly hasAddresses: boolean;
  readonly sourcePort: number;
  /** Of a frame that is not IP: its ethertype. */
  readonly destinationPort: number;
  readonly lengthBytes: number;
  /** Packets that it stands for: 1 without sampling. */
  readonly weight: number;
  /** IANA's number; 0 where the packet has none. */
  readonly protocol: number;
  /** Of the outermost tag; 0 where there is none. */
  readonly vlan: number;
  /** The flags byte of the TCP header; 0 where there is none. */
  readonly tcpFlags: number;
  /** TTL of IPv4. */
  readonly hopLimit: number;
  /** Indexes in ACTIONS, FAMILIES and MALFORMED_REASONS. */
  readonly action: number;
  readonly family: number;
  readonly malformed: number;
}

/** How many packets there are. */
export function packetCount({ words }: PacketRows): number {
  return words.length / PACKET_WORDS;
}

/** @param row 0 to before `packetCount`; addresses are views of its words, not copies */
export function readPacket({ words, devices }: PacketRows, row: number): Packet {
  const first = row * PACKET_WORDS;
  const word = (index: number) => words[first + index] ?? 0;
  const address = (index: number) =>
    new Uint8Array(words.buffer, words.byteOffset + (first + index) * 4, ADDRESS_BYTES);
  const ports = word(PACKET_ROW.ports);
  const kind = word(PACKET_ROW.kind);
  const path = word(PACKET_ROW.path);
  const flags = word(PACKET_ROW.flags);
  return {
    device: devices[kind & 0xffff] ?? '?',
    cpu: word(PACKET_ROW.cpu),
    rxQueue: path >>> 16,
    monotonicNs: word(PACKET_ROW.time) + word(PACKET_ROW.time + 1) * 2 ** 32,
    source: address(PACKET_ROW.source),
    destination: address(PACKET_ROW.destination),
    hasAddresses: hasAddresses(words, first),
    sourcePort: hostOrder(ports & 0xffff),
    destinationPort: hostOrder(ports >>> 16),
    lengthBytes: word(PACKET_ROW.length),
    weight: word(PACKET_ROW.weight),
    protocol: (kind >>> 16) & 0xff,
    vlan: path & 0xffff,
    tcpFlags: flags & 0xff,
    hopLimit: (flags >>> 8) & 0xff,
    action: (kind >>> 24) & 7,
    family: (kind >>> 27) & 3,
    malformed: kind >>> 29,
  };
}

/**
 * Whether the headers were read as far as the addresses of IP. Unspecified ones may be the packet's, unless its headers
 * ended before them.
 * @param first the row's first word
 */
export function hasAddresses(words: Uint32Array, first: number): boolean {
  const kind = words[first + PACKET_ROW.kind] as number;
  if (((kind >>> 27) & 3) === OTHER_FAMILY) {
    return false;
  }
  const malformed = kind >>> 29;
  return malformed === WELL_FORMED || malformed > LAST_WITHOUT_ADDRESS || !isZero(words, first);
}

/** Whether every word of both addresses is 0. */
function isZero(words: Uint32Array, first: number): boolean {
  for (let word = PACKET_ROW.source; word < PACKET_ROW.ports; word++) {
    if (words[first + word] !== 0) {
      return false;
    }
  }
  return true;
}

/** Records hold ports as packets do; every machine that we support is little-endian. */
export function hostOrder(port: number): number {
  return ((port & 0xff) << 8) | (port >>> 8);
}
