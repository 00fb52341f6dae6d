// SPDX-License-Identifier: Apache-2.0
// Packets as columns of text, in printable ASCII.
import { escapeCharacter, logfmtValue } from '../log.ts';
import type { Packet } from '../snapshot/packet.ts';
import {
  actionOf,
  destinationOf,
  flagsOf,
  formatEthertype,
  formatTime,
  hasEthertype,
  hasFlags,
  hasPorts,
  malformedOf,
  protocolOf,
  sourceOf,
} from './packet-fields.ts';
import type { Encode } from './packet-printer.ts';

const ARP = 0x0806;

/** What there is none of. */
const NONE = '-';

export interface Columns {
  /** Their names, as a line. */
  readonly head: string;
  /** A line, with its newline. */
  readonly encode: Encode;
}

/** Each column is as wide as the widest value until now, and as what most packets have. */
export function createColumns(): Columns {
  let device = 'DEVICE'.length;
  let source = '255.255.255.255:65535'.length;
  let destination = source;
  let protocol = 'PROTOCOL'.length;
  return {
    head: `${'TIME'.padEnd('2026-01-01T00:00:00.000000Z'.length)} DEVICE CPU ACTION   ${'SOURCE'.padEnd(source)} ${'DESTINATION'.padEnd(destination)} PROTOCOL LENGTH DETAILS\n`,
    encode(packet, bootMs) {
      const [from, to] = endpointsOf(packet);
      const name = deviceOf(packet);
      const kind = kindOf(packet);
      device = Math.max(device, name.length);
      source = Math.max(source, from.length);
      destination = Math.max(destination, to.length);
      protocol = Math.max(protocol, kind.length);
      // An array makes one string at once, where a template makes one for each of its parts.
      const columns = [
        formatTime(bootMs, packet.monotonicNs),
        padEnd(name, device),
        padStart(String(packet.cpu), 'CPU'.length),
        padEnd(actionOf(packet), 'redirect'.length),
        padEnd(from, source),
        padEnd(to, destination),
        padEnd(kind, protocol),
        padStart(String(packet.lengthBytes), 'LENGTH'.length),
      ].join(' ');
      return `${columns}${detailsOf(packet)}\n`;
    },
  };
}

/** Made once: the method of strings makes them anew. */
const SPACES = Array.from({ length: 128 }, (_, count) => ' '.repeat(count));

function padEnd(text: string, width: number): string {
  return text + (SPACES[width - text.length] ?? '');
}

function padStart(text: string, width: number): string {
  return (SPACES[width - text.length] ?? '') + text;
}

/** With no space within, so that columns can be counted. Devices may be called anything. */
function deviceOf({ device }: Packet): string {
  const text = logfmtValue(device);
  return text.startsWith('"') ? text.replace(/[^\x21-\x7e]/gu, escapeCharacter) : text;
}

/** Addresses, with the ports where there are any. */
function endpointsOf(packet: Packet): readonly [string, string] {
  if (!packet.hasAddresses) {
    return [NONE, NONE];
  }
  const [source, destination] = [sourceOf(packet), destinationOf(packet)];
  return hasPorts(packet)
    ? [endpoint(source, packet.sourcePort), endpoint(destination, packet.destinationPort)]
    : [source, destination];
}

function endpoint(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The protocol of IP, or else the ethertype. */
function kindOf(packet: Packet): string {
  if (hasEthertype(packet)) {
    return packet.destinationPort === ARP ? 'arp' : formatEthertype(packet.destinationPort);
  }
  return packet.hasAddresses ? protocolOf(packet) : NONE;
}

function detailsOf(packet: Packet): string {
  const flags = hasFlags(packet) ? ` ${flagsOf(packet)}` : '';
  const vlan = packet.vlan === 0 ? '' : ` vlan=${packet.vlan}`;
  const malformed = packet.malformed === 0 ? '' : ` malformed=${malformedOf(packet)}`;
  const weight = packet.weight === 1 ? '' : ` weight=${packet.weight}`;
  return flags + vlan + malformed + weight;
}
