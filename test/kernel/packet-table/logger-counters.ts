// SPDX-License-Identifier: Apache-2.0
// What struct xdp_logger counts, and what it should after given packets.
import { FAMILIES, MALFORMED_REASONS, PROTOCOLS } from '../../../src/snapshot/logger.ts';
import type { ParsedPacket } from './packet-case.ts';

export interface LoggerCounters {
  readonly sampledOut: number;
  readonly ringFull: number;
  readonly noRing: number;
  /** By malformed reason. */
  readonly malformed: readonly number[];
  /** By family, then class of protocol: packets and bytes. */
  readonly protocols: readonly number[];
}

const PROTOCOL_CLASSES: ReadonlyMap<number, (typeof PROTOCOLS)[number]> = new Map([
  [1, 'icmp'],
  [6, 'tcp'],
  [17, 'udp'],
  [58, 'icmp'],
  [132, 'sctp'],
]);

/** After `packets`, of which the first `lost` were in batches that no ring took. */
export function expectedCounters(packets: readonly ParsedPacket[], lost: number): LoggerCounters {
  const malformed = MALFORMED_REASONS.map(() => 0);
  const protocols = new Array<number>(2 * FAMILIES.length * PROTOCOLS.length).fill(0);
  for (const packet of packets) {
    const reason = MALFORMED_REASONS.indexOf(packet.malformed);
    malformed[reason] = (malformed[reason] ?? 0) + (reason === 0 ? 0 : 1);
    const family = FAMILIES.indexOf(packet.family);
    const protocol = PROTOCOLS.indexOf(PROTOCOL_CLASSES.get(packet.protocol) ?? 'other');
    const index = 2 * (family * PROTOCOLS.length + protocol);
    protocols[index] = (protocols[index] ?? 0) + 1;
    protocols[index + 1] = (protocols[index + 1] ?? 0) + packet.length;
  }
  return { sampledOut: 0, ringFull: 0, noRing: lost, malformed, protocols };
}
