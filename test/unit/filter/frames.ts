// SPDX-License-Identifier: Apache-2.0
// Frames of many kinds, without a VLAN tag and with one, and their rows as the program of ours records them.
import { FAMILIES, MALFORMED_REASONS } from '../../../src/snapshot/packet-class.ts';
import {
  ETHERTYPES,
  ethernet,
  filler,
  icmp,
  ipv4,
  ipv6,
  PROTOCOLS,
  sctp,
  tcp,
  udp,
  vlan,
} from '../../kernel/packet-table/packets.ts';
import { parseFrame } from '../../kernel/packet-table/reference-parser.ts';
import { ROW, type Row } from '../snapshot/packet-rows.ts';

interface Payload {
  readonly ethertype: number;
  readonly bytes: Buffer;
}

const PAIRS_V4 = [
  ['192.0.2.7', '198.51.100.1'],
  ['198.51.100.1', '192.0.2.7'],
  ['203.0.113.9', '192.0.2.6'],
  ['192.0.2.7', '192.0.2.200'],
  ['198.51.100.200', '203.0.113.9'],
] as const;
const PAIRS_V6 = [
  ['2001:db8::7', '2001:db8:1::9'],
  ['2001:db8:1::9', '2001:db8::7'],
  ['fe80::1', 'ff02::1'],
] as const;

const TRANSPORTS: readonly (readonly [number, Buffer])[] = [
  [PROTOCOLS.udp, udp(40_000, 53)],
  [PROTOCOLS.udp, udp(53, 40_000, 60)],
  [PROTOCOLS.udp, udp(53, 53)],
  [PROTOCOLS.tcp, tcp(40_000, 443, 0, 0x02)],
  [PROTOCOLS.tcp, tcp(443, 40_000, 80, 0x12)],
  [PROTOCOLS.tcp, tcp(1024, 53, 0, 0x11)],
  [PROTOCOLS.tcp, tcp(1023, 8080, 0, 0x04)],
  [PROTOCOLS.sctp, sctp(5060, 5060)],
  [PROTOCOLS.esp, filler(24)],
  [47, filler(24)],
];

const fields = ([source, destination]: readonly [string, string]) => ({ source, destination });

const PAYLOADS: readonly Payload[] = [
  ...PAIRS_V4.flatMap((pair) =>
    [...TRANSPORTS, [PROTOCOLS.icmp, icmp(8)] as const, [2, filler(8)] as const].map(
      ([protocol, bytes]) => ({
        ethertype: ETHERTYPES.ipv4,
        bytes: ipv4(protocol, bytes, fields(pair)),
      }),
    ),
  ),
  ...PAIRS_V6.flatMap((pair) =>
    [...TRANSPORTS, [PROTOCOLS.icmpv6, icmp(128)] as const].map(([protocol, bytes]) => ({
      ethertype: ETHERTYPES.ipv6,
      bytes: ipv6(protocol, bytes, fields(pair)),
    })),
  ),
  // The first and a later fragment: only one of them has ports.
  ...[0x2000, 0x2010].map((fragment) => ({
    ethertype: ETHERTYPES.ipv4,
    bytes: ipv4(PROTOCOLS.udp, udp(40_000, 53), { ...fields(PAIRS_V4[0]), fragment }),
  })),
  // Options push the ports back.
  {
    ethertype: ETHERTYPES.ipv4,
    bytes: ipv4(PROTOCOLS.tcp, tcp(40_000, 443), { options: Buffer.alloc(8, 1) }),
  },
  { ethertype: ETHERTYPES.arp, bytes: filler(28) },
  { ethertype: 0x88cc, bytes: filler(50) },
];

export const UNTAGGED: readonly Buffer[] = PAYLOADS.map(({ ethertype, bytes }) =>
  ethernet(ethertype, bytes),
);

/** By turns of VLAN 7, 8 and 9. */
export const TAGGED: readonly Buffer[] = PAYLOADS.map(({ ethertype, bytes }, index) =>
  ethernet(ETHERTYPES.vlan, vlan(ethertype, bytes, 7 + (index % 3))),
);

/** What the reference parser reads; test/kernel/packet-table.test.ts shows that the program agrees with it. */
export function rowOf(frame: Buffer): Row {
  const { family, malformed, source, destination, length, ...parsed } = parseFrame(
    frame,
    'ethernet',
  );
  return {
    ...ROW,
    ...parsed,
    source: Buffer.from(source, 'hex'),
    destination: Buffer.from(destination, 'hex'),
    lengthBytes: length,
    family: FAMILIES.indexOf(family),
    malformed: MALFORMED_REASONS.indexOf(malformed),
  };
}
