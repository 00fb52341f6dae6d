// SPDX-License-Identifier: Apache-2.0
// IPv4: transports, options, fragments, and headers that lie.
import { overIpv4, type PacketCase, packetCase } from './packet-case.ts';
import {
  ETHERTYPES,
  ethernet,
  filler,
  IPV4_DONT_FRAGMENT,
  IPV4_MORE_FRAGMENTS,
  icmp,
  ipv4,
  ipv6,
  padTo,
  sctp,
  tcp,
  udp,
} from './packets.ts';

const PORTS = [0x1234, 443] as const;
const TCP = tcp(...PORTS);

function over(...packet: Parameters<typeof ipv4>): Buffer {
  return ethernet(ETHERTYPES.ipv4, ipv4(...packet));
}

const TRANSPORTS: readonly PacketCase[] = [
  packetCase('TCP over IPv4 shows its ports', over(6, TCP), overIpv4(6, PORTS)),
  packetCase(
    'UDP over IPv4 shows its ports',
    over(17, udp(53, 0xfedc, 100)),
    overIpv4(17, [53, 0xfedc]),
  ),
  packetCase('SCTP over IPv4 shows its ports', over(132, sctp(...PORTS)), overIpv4(132, PORTS)),
  packetCase('ports 0 and 65535 are ports', over(6, tcp(0, 0xffff)), overIpv4(6, [0, 0xffff])),
  packetCase('ports 65535 and 0 are ports', over(17, udp(0xffff, 0)), overIpv4(17, [0xffff, 0])),
  packetCase('ICMP has no ports', over(1, icmp(8)), overIpv4(1)),
];

const PORTLESS: readonly PacketCase[] = [
  [0, 'hop-by-hop (an IPv6 header)'],
  [2, 'IGMP'],
  [4, 'IPv4 in IPv4'],
  [33, 'DCCP'],
  [41, 'IPv6 in IPv4'],
  [44, 'an IPv6 fragment header'],
  [47, 'GRE'],
  [50, 'ESP'],
  [51, 'AH'],
  [58, 'ICMPv6'],
  [60, 'destination options'],
  [89, 'OSPF'],
  [136, 'UDP-Lite'],
  [255, 'a reserved protocol'],
].map(([protocol, name]) =>
  packetCase(
    `${name} over IPv4 is protocol ${protocol}, without ports`,
    over(Number(protocol), TCP),
    overIpv4(Number(protocol)),
  ),
);

const OPTIONS: readonly PacketCase[] = [4, 8, 20, 40].map((bytes) =>
  packetCase(
    `ports are found behind ${bytes} bytes of IPv4 options`,
    over(6, TCP, { options: filler(bytes) }),
    overIpv4(6, PORTS),
  ),
);

const CUT_OPTIONS: readonly PacketCase[] = [0, 1, 39].map((bytes) =>
  packetCase(
    `${bytes} of 40 bytes of IPv4 options are a truncated header`,
    over(6, filler(bytes), { headerWords: 15, totalLength: 100 }),
    { ...overIpv4(6), malformed: 'truncated_network' },
  ),
);

const FRAGMENTS: readonly PacketCase[] = [
  packetCase(
    'DF alone is no fragment',
    over(6, TCP, { fragment: IPV4_DONT_FRAGMENT }),
    overIpv4(6, PORTS),
  ),
  packetCase(
    'the reserved flag alone is no fragment',
    over(6, TCP, { fragment: 0x8000 }),
    overIpv4(6, PORTS),
  ),
  packetCase(
    'the first IPv4 fragment shows the ports',
    over(17, udp(...PORTS, 64), { fragment: IPV4_MORE_FRAGMENTS }),
    overIpv4(17, PORTS),
  ),
  packetCase(
    'a first IPv4 fragment too short for ports is truncated',
    over(17, filler(3), { fragment: IPV4_MORE_FRAGMENTS }),
    { ...overIpv4(17), malformed: 'truncated_transport' },
  ),
  ...[1, 185, 0x1000, 0x1fff].flatMap((offset) => [
    packetCase(
      `an IPv4 fragment at offset ${offset} has no ports`,
      over(6, TCP, { fragment: IPV4_MORE_FRAGMENTS | offset }),
      overIpv4(6),
    ),
    packetCase(
      `the last IPv4 fragment, at offset ${offset}, has no ports`,
      over(17, filler(3), { fragment: offset }),
      overIpv4(17),
    ),
  ]),
  packetCase(
    'a later IPv4 fragment with options has no ports',
    over(6, TCP, { fragment: 7, options: filler(8) }),
    overIpv4(6),
  ),
];

const VERSIONS: readonly PacketCase[] = [
  ...[0, 3, 5, 6, 15].map((version) =>
    packetCase(
      `version ${version} behind the ethertype of IPv4 is wrong, and nothing else is believed`,
      over(6, TCP, { version }),
      { family: 'ipv4', malformed: 'wrong_version' },
    ),
  ),
  packetCase(
    'a real IPv6 packet behind the ethertype of IPv4 is of the wrong version',
    ethernet(ETHERTYPES.ipv4, ipv6(6, TCP)),
    { family: 'ipv4', malformed: 'wrong_version' },
  ),
  ...[0, 1, 2, 3, 4].map((headerWords) =>
    packetCase(
      `an IPv4 header of ${headerWords} words is too short to be one`,
      over(6, TCP, { headerWords }),
      { family: 'ipv4', malformed: 'wrong_header_length' },
    ),
  ),
];

const HONEST = 20 + TCP.length;

const LIES: readonly PacketCase[] = [
  ...[0, 1, 19].map((totalLength) =>
    packetCase(
      `an IPv4 total length of ${totalLength} is less than the header`,
      over(6, TCP, { totalLength }),
      { ...overIpv4(6), malformed: 'wrong_total_length' },
    ),
  ),
  packetCase(
    'an IPv4 total length within the options is less than the header',
    over(6, TCP, { options: filler(8), totalLength: 27 }),
    { ...overIpv4(6), malformed: 'wrong_total_length' },
  ),
  ...[HONEST + 1, HONEST + 100, 0xffff].map((totalLength) =>
    packetCase(
      `an IPv4 total length of ${totalLength} is more than the frame holds`,
      over(6, TCP, { totalLength }),
      { ...overIpv4(6), malformed: 'wrong_total_length' },
    ),
  ),
  ...[20, 21, 22, 23].map((totalLength) =>
    packetCase(
      `bytes beyond an IPv4 total length of ${totalLength} are not taken for ports`,
      over(6, TCP, { totalLength }),
      { ...overIpv4(6), malformed: 'truncated_transport' },
    ),
  ),
  ...[24, 32, 33].map((totalLength) =>
    packetCase(
      `an IPv4 total length of ${totalLength} is enough for ports, but not for the flags of TCP`,
      over(6, TCP, { totalLength }),
      { ...overIpv4(6, PORTS), tcpFlags: 0 },
    ),
  ),
  packetCase(
    'an IPv4 total length of 34 ends right behind the flags of TCP',
    over(6, TCP, { totalLength: 34 }),
    overIpv4(6, PORTS),
  ),
  packetCase(
    'an IPv4 total length that ends behind the header is enough for ICMP',
    over(1, icmp(8), { totalLength: 20 }),
    overIpv4(1),
  ),
  packetCase(
    'the total length of a later fragment must not lie either',
    over(6, TCP, { totalLength: HONEST + 1, fragment: 9 }),
    { ...overIpv4(6), malformed: 'wrong_total_length' },
  ),
];

const PADDED: readonly PacketCase[] = [
  packetCase(
    'a short IPv4 packet padded to 60 bytes keeps its ports and the length of the frame',
    padTo(60, over(17, udp(...PORTS))),
    overIpv4(17, PORTS),
  ),
  packetCase(
    'the padding of an IPv4 packet without payload is not taken for ports',
    padTo(60, over(6, filler(0))),
    { ...overIpv4(6), malformed: 'truncated_transport' },
  ),
  packetCase('an IPv4 frame of 1514 bytes is read', over(6, tcp(...PORTS, 1460)), {
    ...overIpv4(6, PORTS),
  }),
  packetCase('an IPv4 frame of 3400 bytes is read', over(6, tcp(...PORTS, 3346)), {
    ...overIpv4(6, PORTS),
  }),
];

const CUT: readonly PacketCase[] = Array.from({ length: 20 }, (_, bytes) =>
  packetCase(
    `${bytes} bytes of an IPv4 header are truncated`,
    over(6, TCP).subarray(0, 14 + bytes),
    { family: 'ipv4', malformed: 'truncated_network' },
  ),
);

export const IPV4_CASES: readonly PacketCase[] = [
  ...TRANSPORTS,
  ...PORTLESS,
  ...OPTIONS,
  ...CUT_OPTIONS,
  ...FRAGMENTS,
  ...VERSIONS,
  ...LIES,
  ...PADDED,
  ...CUT,
];
