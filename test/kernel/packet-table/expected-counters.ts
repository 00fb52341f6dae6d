// SPDX-License-Identifier: Apache-2.0
// What struct xdp_device should count after given packets, all recorded and passed on.
import { DEVICE } from '../../../src/kernel/layout.ts';
import { FAMILIES, MALFORMED_REASONS } from '../../../src/snapshot/packet-class.ts';
import type { DeviceCounters } from '../support/device-counters.ts';
import type { ParsedPacket } from './packet-case.ts';

const XDP_PASS = 2;

/** As the kernel counts them within a family of IP. */
const CLASSES = ['tcp', 'syn', 'synack', 'rst', 'fin', 'udp', 'icmp', 'sctp', 'other'] as const;
type Class = (typeof CLASSES)[number];

const TCP = 6;
const PROTOCOL_CLASSES: ReadonlyMap<number, Class> = new Map([
  [1, 'icmp'],
  [17, 'udp'],
  [58, 'icmp'],
  [132, 'sctp'],
]);

export function expectedCounters(packets: readonly ParsedPacket[]): DeviceCounters {
  const { lengths } = DEVICE;
  const traffic = zeros(2 * lengths.traffic);
  const sizes = zeros(lengths.sizes);
  const malformed = zeros(lengths.malformed);
  const protocols = zeros(2 * lengths.protocols);
  for (const packet of packets) {
    addTraffic(traffic, XDP_PASS, packet.length);
    addTraffic(protocols, classOf(packet), packet.length);
    add(sizes, packet.length === 0 ? 0 : Math.ceil(Math.log2(packet.length)), 1);
    if (packet.malformed !== 'none') {
      add(malformed, MALFORMED_REASONS.indexOf(packet.malformed), 1);
    }
  }
  const lost = { sampled_out: [0], ring_full: [0], no_ring: [0], no_entry: [0] };
  return { traffic, sizes, ...lost, malformed, protocols };
}

function classOf({ family, protocol, tcpFlags }: ParsedPacket): number {
  if (family === 'other') {
    return 0;
  }
  const name =
    protocol === TCP ? tcpClassOf(tcpFlags) : (PROTOCOL_CLASSES.get(protocol) ?? 'other');
  return 1 + (FAMILIES.indexOf(family) - 1) * CLASSES.length + CLASSES.indexOf(name);
}

/** RFC 9293, 3.1: FIN, SYN, RST, PSH and ACK are the lowest bits. A reset is one whatever else is set. */
function tcpClassOf(flags: number): Class {
  const [fin, syn, rst, , ack] = [0, 1, 2, 3, 4].map(
    (bit) => Math.floor(flags / 2 ** bit) % 2 === 1,
  );
  if (rst) {
    return 'rst';
  }
  if (syn) {
    return ack ? 'synack' : 'syn';
  }
  return fin ? 'fin' : 'tcp';
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}

function add(counts: number[], index: number, count: number): void {
  counts[index] = (counts[index] ?? 0) + count;
}

function addTraffic(counts: number[], index: number, bytes: number): void {
  add(counts, 2 * index, 1);
  add(counts, 2 * index + 1, bytes);
}
