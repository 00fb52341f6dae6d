// SPDX-License-Identifier: Apache-2.0
// Packets on their way from the engine thread to `xdp-exporter log`: a row of words each, copied once.

/**
 * Words of a row: 0..7 a struct xdp_record of bpf/abi.h as it came, 8 and 9 its time (u64, ns of CLOCK_MONOTONIC,
 * low word first), 10 the CPU.
 */
export const PACKET_WORDS = 11;

/** A part of the log. Rows are in the order of their packets for each CPU, but not across CPUs. */
export interface PacketRows {
  readonly words: Uint32Array<ArrayBuffer>;
  /** Device names by slot. */
  readonly devices: Readonly<Record<number, string>>;
}

export interface Packet {
  readonly device: string;
  readonly cpu: number;
  /** ns of CLOCK_MONOTONIC; to the microsecond for 285 years of uptime. */
  readonly monotonicNs: number;
  /** 16 bytes in network order, IPv4 as ::ffff:a.b.c.d; all zero where the packet has none. */
  readonly source: Uint8Array;
  readonly sourcePort: number;
  /** Of a frame that is not IP: its ethertype. */
  readonly destinationPort: number;
  readonly lengthBytes: number;
  /** Packets that it stands for: 1 without sampling. */
  readonly weight: number;
  /** IANA's number; 0 where the packet has none. */
  readonly protocol: number;
  /** Indexes in ACTIONS, FAMILIES and MALFORMED_REASONS. */
  readonly action: number;
  readonly family: number;
  readonly malformed: number;
}

export function packetCount({ words }: PacketRows): number {
  return words.length / PACKET_WORDS;
}

export function readPacket({ words, devices }: PacketRows, row: number): Packet {
  const first = row * PACKET_WORDS;
  const word = (index: number) => words[first + index] ?? 0;
  const kind = word(7);
  return {
    device: devices[kind & 0xffff] ?? '?',
    cpu: word(10),
    monotonicNs: word(8) + word(9) * 2 ** 32,
    source: new Uint8Array(words.buffer, words.byteOffset + first * 4, 16),
    sourcePort: hostOrder(word(4) & 0xffff),
    destinationPort: hostOrder(word(4) >>> 16),
    lengthBytes: word(5),
    weight: word(6),
    protocol: (kind >>> 16) & 0xff,
    action: (kind >>> 24) & 7,
    family: (kind >>> 27) & 3,
    malformed: kind >>> 29,
  };
}

/** Records hold ports as packets do; every machine that we support is little-endian. */
function hostOrder(port: number): number {
  return ((port & 0xff) << 8) | (port >>> 8);
}
