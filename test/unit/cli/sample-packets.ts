// SPDX-License-Identifier: Apache-2.0
// Packets as readPacket() gives them, and a time at which the machine was started.

import type { Packet } from '../../../src/snapshot/packet.ts';
import { ACTIONS, FAMILIES, MALFORMED_REASONS } from '../../../src/snapshot/packet-class.ts';

export const BOOT_MS = Date.parse('2026-11-21T12:00:00Z');
const [OTHER, IPV4, IPV6] = FAMILIES.map((_, index) => index);
export const NO_ADDRESS = new Uint8Array(16);

export function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

export const UDP4: Packet = {
  device: 'eth0',
  cpu: 0,
  monotonicNs: 123_456,
  rxQueue: 3,
  source: bytes('c0000207000000000000000000000000'),
  destination: bytes('c6336401000000000000000000000000'),
  hasAddresses: true,
  sourcePort: 40_000,
  destinationPort: 53,
  lengthBytes: 74,
  weight: 1,
  protocol: 17,
  vlan: 0,
  tcpFlags: 0,
  hopLimit: 64,
  action: ACTIONS.indexOf('pass'),
  family: IPV4 ?? 0,
  malformed: 0,
};
export const NO_PORTS = { sourcePort: 0, destinationPort: 0 };
export const ICMP6: Packet = {
  ...UDP4,
  ...NO_PORTS,
  source: bytes('20010db8000000000000000000000005'),
  destination: bytes('20010db8000000000000000000000001'),
  protocol: 58,
  family: IPV6 ?? 0,
};
export const TCP6: Packet = {
  ...ICMP6,
  protocol: 6,
  sourcePort: 443,
  destinationPort: 65_535,
  tcpFlags: 0x12,
};
/** What bpf/packet.h records of a frame that is not IP. */
export const ARP: Packet = {
  ...UDP4,
  source: NO_ADDRESS,
  destination: NO_ADDRESS,
  hasAddresses: false,
  sourcePort: 0,
  destinationPort: 0x0806,
  protocol: 0,
  hopLimit: 0,
  family: OTHER ?? 0,
};

export function malformed(packet: Packet, reason: (typeof MALFORMED_REASONS)[number]): Packet {
  return { ...packet, ...NO_PORTS, malformed: MALFORMED_REASONS.indexOf(reason) };
}

export const TIME = '2026-11-21T12:00:00.000123Z';
