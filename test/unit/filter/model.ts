// SPDX-License-Identifier: Apache-2.0
// What a filter means, once more: by the fields of a packet, with whole numbers for addresses.
import type { Direction, Filter } from '../../../src/filter/filter.ts';
import type { Packet } from '../../../src/snapshot/packet.ts';
import { ACTIONS, FAMILIES } from '../../../src/snapshot/packet-class.ts';
import { addressBytes } from '../../kernel/packet-table/packets.ts';

const BITS = { ipv4: 32n, ipv6: 128n };

export function matches(filter: Filter, packet: Packet): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.of.every((part) => matches(part, packet));
    case 'or':
      return filter.of.some((part) => matches(part, packet));
    case 'not':
      return !matches(filter.of, packet);
    case 'family':
      return FAMILIES[packet.family] === filter.family;
    case 'ethertype':
      return ethertypeOf(packet) === filter.ethertype;
    case 'protocol':
      return (
        packet.protocol === filter.protocol &&
        (filter.protocol > 0 || packet.hasAddresses) &&
        [undefined, FAMILIES[packet.family]].includes(filter.family)
      );
    case 'address':
      return FAMILIES[packet.family] === filter.family && packet.hasAddresses
        ? isInNet(filter, packet)
        : false;
    case 'port':
      return hasPorts(packet, filter.protocol) && isPort(filter, packet);
    case 'flags':
      return packet.protocol === 6 && (filter.mask & ~packet.tcpFlags) === 0;
    case 'vlan':
      return filter.id === undefined ? packet.vlan > 0 : packet.vlan === filter.id;
    case 'action':
      return (ACTIONS[packet.action] ?? 'invalid') === filter.action;
    case 'device':
      return [packet.device, packet.device.split('/').slice(1).join('/')].includes(filter.name);
    case 'cpu':
      return packet.cpu === filter.cpu;
    case 'length':
      return filter.least <= packet.lengthBytes && packet.lengthBytes <= filter.most;
    case 'malformed':
      return packet.malformed > 0;
  }
}

function ethertypeOf({ family, malformed, destinationPort }: Packet): number | undefined {
  if (family > 0) {
    return [undefined, 0x0800, 0x86dd][family];
  }
  return malformed === 0 ? destinationPort : undefined;
}

function choose(direction: Direction, source: boolean, destination: boolean): boolean {
  return {
    source,
    destination,
    either: source || destination,
    both: source && destination,
  }[direction];
}

function isInNet(
  { direction, family, address, prefix }: Extract<Filter, { kind: 'address' }>,
  packet: Packet,
): boolean {
  const numberOf = (bytes: Uint8Array) =>
    BigInt(`0x${Buffer.from(bytes).toString('hex')}`) >> (128n - BITS[family]);
  const netOf = (bytes: Uint8Array) => numberOf(bytes) >> (BITS[family] - BigInt(prefix));
  const net = netOf(addressBytes(address));
  return choose(direction, netOf(packet.source) === net, netOf(packet.destination) === net);
}

function hasPorts(packet: Packet, protocol: number | undefined): boolean {
  const isOf = protocol === undefined ? [6, 17, 132] : [protocol];
  return isOf.includes(packet.protocol) && packet.sourcePort + packet.destinationPort > 0;
}

function isPort(
  { direction, first, last }: Extract<Filter, { kind: 'port' }>,
  { sourcePort, destinationPort }: Packet,
): boolean {
  const isIn = (port: number) => first <= port && port <= last;
  return choose(direction, isIn(sourcePort), isIn(destinationPort));
}
