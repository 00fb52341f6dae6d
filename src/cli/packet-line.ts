// SPDX-License-Identifier: Apache-2.0
// What `log` prints of a packet: key=value text, or JSON.
import { escapeCharacter, logfmtValue } from '../log.ts';
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
    action: ACTIONS[packet.action] ?? 'invalid',
    ...(packet.malformed === 0 ? {} : { malformed: MALFORMED_REASONS[packet.malformed] ?? '?' }),
  };
}

/** Of a malformed packet, those that were read before it ended or contradicted itself. */
function headerFields(packet: Packet): PacketFields {
  const isSound = packet.malformed === 0;
  if (packet.family === OTHER && isSound) {
    return { ethertype: formatEthertype(packet.destinationPort) };
  }
  if (!packet.hasAddresses) {
    return {};
  }
  const family = packet.family === IPV4 ? 'ipv4' : 'ipv6';
  const hasPorts = isSound && hasTransport(packet);
  return {
    source: formatAddress(packet.source, family),
    ...(hasPorts ? { source_port: packet.sourcePort } : {}),
    destination: formatAddress(packet.destination, family),
    ...(hasPorts ? { destination_port: packet.destinationPort } : {}),
    protocol: PROTOCOL_NAMES[packet.protocol] ?? String(packet.protocol),
    ...(hasPorts && packet.protocol === TCP ? tcpFields(packet) : {}),
    hop_limit: packet.hopLimit,
  };
}

/** A fragment behind the first one has no ports. */
function hasTransport({ protocol, sourcePort, destinationPort }: Packet): boolean {
  return WITH_PORTS.has(protocol) && sourcePort + destinationPort > 0;
}

/** Left out where none is set: a packet that ends before its flags looks the same. */
function tcpFields({ tcpFlags }: Packet): PacketFields {
  const names = TCP_FLAGS.filter((_, bit) => (tcpFlags & (1 << bit)) !== 0);
  return names.length === 0 ? {} : { tcp_flags: names.join('+') };
}

/** IEEE 802.3 frames have a length in its place, and LLC behind it. */
function formatEthertype(ethertype: number): string {
  return ethertype === 0 ? 'llc' : `0x${ethertype.toString(16).padStart(4, '0')}`;
}

/** RFC 3339 in UTC, to the microsecond. */
function formatTime(bootMs: number, monotonicNs: number): string {
  const microseconds = Math.floor(monotonicNs / 1000);
  const milliseconds = bootMs + microseconds / 1000;
  const rest = Math.floor(milliseconds * 1000) % 1000;
  const seconds = new Date(Math.floor(milliseconds)).toISOString().slice(0, -1);
  return `${seconds}${String(rest).padStart(3, '0')}Z`;
}

/** logfmt in printable ASCII, with no space within a value. Device names alone may hold anything. */
export function formatText(fields: PacketFields): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${formatValue(String(value))}`)
    .join(' ');
}

function formatValue(value: string): string {
  const text = logfmtValue(value);
  return text.startsWith('"') ? text.replace(/[^\x21-\x7e]/gu, escapeCharacter) : text;
}
