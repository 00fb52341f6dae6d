// SPDX-License-Identifier: Apache-2.0
// IPv6 without extension headers: transports, sources, and headers that lie.
import { overIpv6, type PacketCase, packetCase } from './packet-case.ts';
import {
  ETHERTYPES,
  ethernet,
  filler,
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

function over(...packet: Parameters<typeof ipv6>): Buffer {
  return ethernet(ETHERTYPES.ipv6, ipv6(...packet));
}

const TRANSPORTS: readonly PacketCase[] = [
  packetCase('TCP over IPv6 shows its ports', over(6, TCP), overIpv6(6, PORTS)),
  packetCase('UDP over IPv6 shows its ports', over(17, udp(53, 0xfedc)), {
    ...overIpv6(17, [53, 0xfedc]),
  }),
  packetCase('SCTP over IPv6 shows its ports', over(132, sctp(...PORTS)), overIpv6(132, PORTS)),
  packetCase('ICMPv6 has no ports', over(58, icmp(128)), overIpv6(58)),
  packetCase('ICMPv6 cut to its first byte is whole enough', over(58, filler(1)), overIpv6(58)),
];

const PORTLESS: readonly PacketCase[] = [
  [1, 'ICMP of IPv4'],
  [4, 'IPv4 in IPv6'],
  [41, 'IPv6 in IPv6'],
  [47, 'GRE'],
  [50, 'ESP'],
  [59, 'no next header'],
  [136, 'UDP-Lite'],
  [255, 'a reserved protocol'],
].map(([protocol, name]) =>
  packetCase(
    `${name} over IPv6 is protocol ${protocol}, without ports`,
    over(Number(protocol), TCP),
    overIpv6(Number(protocol)),
  ),
);

const VERSIONS: readonly PacketCase[] = [
  ...[0, 4, 5, 7, 15].map((version) =>
    packetCase(
      `version ${version} behind the ethertype of IPv6 is wrong, and nothing else is believed`,
      over(6, TCP, { version }),
      { family: 'ipv6', malformed: 'wrong_version' },
    ),
  ),
  packetCase(
    'a real IPv4 packet behind the ethertype of IPv6 is of the wrong version',
    ethernet(ETHERTYPES.ipv6, ipv4(6, TCP)),
    { family: 'ipv6', malformed: 'wrong_version' },
  ),
  packetCase(
    'a real IPv4 packet shorter than an IPv6 header is truncated behind its ethertype',
    ethernet(ETHERTYPES.ipv6, ipv4(6, filler(19))),
    { family: 'ipv6', malformed: 'truncated_network' },
  ),
];

const LIES: readonly PacketCase[] = [
  ...[TCP.length + 1, 1500, 0xffff].map((payloadLength) =>
    packetCase(
      `an IPv6 payload length of ${payloadLength} is more than the frame holds`,
      over(6, TCP, { payloadLength }),
      { ...overIpv6(6), malformed: 'wrong_total_length' },
    ),
  ),
  ...[0, 1, 2, 3].map((payloadLength) =>
    packetCase(
      `bytes beyond an IPv6 payload length of ${payloadLength} are not taken for ports`,
      over(17, udp(...PORTS), { payloadLength }),
      { ...overIpv6(17), malformed: 'truncated_transport' },
    ),
  ),
  ...[4, 12, 13].map((payloadLength) =>
    packetCase(
      `an IPv6 payload length of ${payloadLength} is enough for ports, but not for the flags of TCP`,
      over(6, TCP, { payloadLength }),
      { ...overIpv6(6, PORTS), tcpFlags: 0 },
    ),
  ),
  packetCase(
    'an IPv6 payload length of 14 ends right behind the flags of TCP',
    over(6, TCP, { payloadLength: 14 }),
    overIpv6(6, PORTS),
  ),
  packetCase(
    'an IPv6 payload length of 0 is enough for ICMPv6',
    over(58, icmp(128), { payloadLength: 0 }),
    overIpv6(58),
  ),
  packetCase('no next header and no payload is whole', over(59, filler(0)), overIpv6(59)),
];

const PADDED: readonly PacketCase[] = [
  packetCase(
    'a short IPv6 packet padded to 64 bytes keeps its ports and the length of the frame',
    padTo(64, over(6, TCP.subarray(0, 4))),
    { ...overIpv6(6, PORTS), tcpFlags: 0 },
  ),
  packetCase(
    'the padding of an IPv6 packet without payload is not taken for ports',
    padTo(64, over(6, filler(0))),
    { ...overIpv6(6), malformed: 'truncated_transport' },
  ),
  packetCase('an IPv6 frame of 3400 bytes is read', over(6, tcp(...PORTS, 3326)), {
    ...overIpv6(6, PORTS),
  }),
];

const CUT: readonly PacketCase[] = Array.from({ length: 40 }, (_, bytes) =>
  packetCase(
    `${bytes} bytes of an IPv6 header are truncated`,
    over(6, TCP).subarray(0, 14 + bytes),
    { family: 'ipv6', malformed: 'truncated_network' },
  ),
);

export const IPV6_CASES: readonly PacketCase[] = [
  ...TRANSPORTS,
  ...PORTLESS,
  ...VERSIONS,
  ...LIES,
  ...PADDED,
  ...CUT,
];
