// SPDX-License-Identifier: Apache-2.0
// What `log` tells of a packet: the fields of its JSON, and their texts, which its columns share.
import { formatAddress } from '../snapshot/address.ts';
import type { Packet } from '../snapshot/packet.ts';
import {
  ACTIONS,
  FAMILIES,
  MALFORMED_REASONS,
  PROTOCOL_NAMES,
  TCP,
  TCP_FLAGS,
  WITH_PORTS,
} from '../snapshot/packet-class.ts';

const OTHER = FAMILIES.indexOf('other');
const IPV4 = FAMILIES.indexOf('ipv4');

/** Keys in the order printed; what a packet does not have is left out. */
export type PacketFields = Readonly<Record<string, string | number>>;

/** @param bootMs the wall clock at 0 of the kernel's CLOCK_MONOTONIC: see createPacketClock */
export function packetFields(packet: Packet, bootMs: number): PacketFields {
  return {
    time: formatTime(bootMs, packet.monotonicNs),
    device: packet.device,
    cpu: packet.cpu,
    queue: packet.rxQueue,
    ...(packet.vlan === 0 ? {} : { vlan: packet.vlan }),
    ...headerFields(packet),
    length: packet.lengthBytes,
    action: actionOf(packet),
    ...(packet.malformed === 0 ? {} : { malformed: malformedOf(packet) }),
    ...(packet.weight === 1 ? {} : { weight: packet.weight }),
  };
}

/** Of a malformed packet, those that were read before it ended or contradicted itself. */
function headerFields(packet: Packet): PacketFields {
  if (hasEthertype(packet)) {
    return { ethertype: formatEthertype(packet.destinationPort) };
  }
  if (!packet.hasAddresses) {
    return {};
  }
  const withPorts = hasPorts(packet);
  return {
    source: sourceOf(packet),
    ...(withPorts ? { source_port: packet.sourcePort } : {}),
    destination: destinationOf(packet),
    ...(withPorts ? { destination_port: packet.destinationPort } : {}),
    protocol: protocolOf(packet),
    ...(hasFlags(packet) ? { tcp_flags: flagsOf(packet) } : {}),
    hop_limit: packet.hopLimit,
  };
}

export function actionOf({ action }: Packet): string {
  return ACTIONS[action] ?? 'invalid';
}

export function malformedOf({ malformed }: Packet): string {
  return MALFORMED_REASONS[malformed] ?? '?';
}

export function protocolOf({ protocol }: Packet): string {
  return PROTOCOL_NAMES[protocol] ?? String(protocol);
}

export function sourceOf({ source, family }: Packet): string {
  return formatAddress(source, family === IPV4 ? 'ipv4' : 'ipv6');
}

export function destinationOf({ destination, family }: Packet): string {
  return formatAddress(destination, family === IPV4 ? 'ipv4' : 'ipv6');
}

/** Whether the packet is not IP, and says what else it is. */
export function hasEthertype({ family, malformed }: Packet): boolean {
  return family === OTHER && malformed === 0;
}

/** IEEE 802.3 frames have a length in its place, and LLC behind it. */
export function formatEthertype(ethertype: number): string {
  return ethertype === 0 ? 'llc' : `0x${ethertype.toString(16).padStart(4, '0')}`;
}

/** A fragment behind the first one has no ports. */
export function hasPorts({ malformed, protocol, sourcePort, destinationPort }: Packet): boolean {
  return malformed === 0 && WITH_PORTS.has(protocol) && sourcePort + destinationPort > 0;
}

/** Not where none is set: a packet that ends before its flags looks the same. */
export function hasFlags(packet: Packet): boolean {
  return packet.protocol === TCP && packet.tcpFlags !== 0 && hasPorts(packet);
}

export function flagsOf({ tcpFlags }: Packet): string {
  return TCP_FLAGS.filter((_, bit) => (tcpFlags & (1 << bit)) !== 0).join('+');
}

const MICROSECONDS = 1_000_000;

/** Packets come by the thousand in a second, and to write a date takes longer than all the rest of a line. */
let writtenSecond = Number.NaN;
let writtenDate = '';

/** RFC 3339 in UTC, to the microsecond. */
export function formatTime(bootMs: number, monotonicNs: number): string {
  const time = Math.floor(bootMs * 1000) + Math.floor(monotonicNs / 1000);
  const second = Math.floor(time / MICROSECONDS);
  if (second !== writtenSecond) {
    writtenSecond = second;
    writtenDate = new Date(second * 1000).toISOString().slice(0, -'000Z'.length);
  }
  // The digits behind a one keep their zeros.
  return `${writtenDate}${String(time - second * MICROSECONDS + MICROSECONDS).slice(1)}Z`;
}
