// SPDX-License-Identifier: Apache-2.0
// PPPoE sessions: IP inside, other protocols, lengths that lie, and frames that end too soon.
import { overIpv4, overIpv6, type PacketCase, packetCase } from './packet-case.ts';
import {
  ETHERTYPES,
  ethernet,
  extension,
  filler,
  ipv4,
  ipv6,
  mpls,
  PPP,
  PROTOCOLS,
  padTo,
  pppoe,
  tcp,
  udp,
  VLAN,
  vlan,
} from './packets.ts';

const { pppoeSession } = ETHERTYPES;
const PORTS = [0x1234, 443] as const;
const TCP = tcp(...PORTS);
const IPV4_TCP = ipv4(PROTOCOLS.tcp, TCP);
const IPV6_UDP = ipv6(PROTOCOLS.udp, udp(...PORTS));
const IPV4 = overIpv4(PROTOCOLS.tcp, PORTS);
const IPV6 = overIpv6(PROTOCOLS.udp, PORTS);
const OTHER = { destinationPort: pppoeSession };

function over(...session: Parameters<typeof pppoe>): Buffer {
  return ethernet(pppoeSession, pppoe(...session));
}

const INSIDE: readonly PacketCase[] = [
  packetCase('IPv4 in a PPPoE session is read', over(PPP.ipv4, IPV4_TCP), IPV4),
  packetCase('IPv6 in a PPPoE session is read', over(PPP.ipv6, IPV6_UDP), IPV6),
  packetCase(
    'an IPv4 fragment in a PPPoE session has no ports',
    over(PPP.ipv4, ipv4(PROTOCOLS.udp, filler(40), { fragment: 5 })),
    overIpv4(PROTOCOLS.udp),
  ),
  packetCase(
    'ports are found behind an extension header in a PPPoE session',
    over(PPP.ipv6, ipv6(PROTOCOLS.hopByHop, extension(PROTOCOLS.tcp, TCP))),
    overIpv6(PROTOCOLS.tcp, PORTS),
  ),
  packetCase(
    'a PPPoE session padded to 64 bytes keeps its ports and the length of the frame',
    padTo(64, over(PPP.ipv4, ipv4(PROTOCOLS.udp, udp(...PORTS)))),
    overIpv4(PROTOCOLS.udp, PORTS),
  ),
  packetCase(
    'a PPPoE session in a VLAN is read',
    ethernet(ETHERTYPES.vlan, vlan(pppoeSession, pppoe(PPP.ipv4, IPV4_TCP))),
    { ...IPV4, vlan: VLAN },
  ),
  packetCase(
    'a PPPoE session in three tags is read',
    ethernet(
      ETHERTYPES.oldServiceVlan,
      vlan(
        ETHERTYPES.serviceVlan,
        vlan(ETHERTYPES.vlan, vlan(pppoeSession, pppoe(PPP.ipv6, IPV6_UDP), 300), 200),
      ),
    ),
    { ...IPV6, vlan: VLAN },
  ),
];

const OTHERS: readonly PacketCase[] = [
  ...[
    [PPP.lcp, 'LCP'],
    [PPP.ipcp, 'IPCP'],
    [0x0281, 'MPLS'],
    [0x0021 << 8, 'a compressed protocol'],
    [0x5700, 'IPv6 in the wrong byte order'],
    [0, 'protocol 0'],
    [0x0800, 'the ethertype of IPv4'],
  ].map(([protocol, name]) =>
    packetCase(
      `${name} in a PPPoE session is not looked into`,
      over(Number(protocol), IPV4_TCP),
      OTHER,
    ),
  ),
  packetCase(
    'a tag inside a PPPoE session is not looked for',
    over(ETHERTYPES.vlan, vlan(ETHERTYPES.ipv4, IPV4_TCP)),
    OTHER,
  ),
  packetCase(
    'MPLS in a PPPoE session is not looked for',
    over(0x0281, mpls([16], IPV4_TCP)),
    OTHER,
  ),
  ...[0x01, 0x10, 0x12, 0x21, 0xff].map((versionType) =>
    packetCase(
      `PPPoE of version and type 0x${versionType.toString(16)} is not known`,
      over(PPP.ipv4, IPV4_TCP, { versionType, length: 0xffff }),
      OTHER,
    ),
  ),
  ...[0x07, 0x09, 0xa7, 0xff].map((code) =>
    packetCase(
      `PPPoE of code 0x${code.toString(16)} is no session, whatever its ethertype and length say`,
      over(PPP.ipv4, IPV4_TCP, { code, length: 0 }),
      OTHER,
    ),
  ),
];

const VERSIONS: readonly PacketCase[] = [
  packetCase(
    'a version other than 4 behind the PPP protocol of IPv4 is wrong',
    over(PPP.ipv4, IPV6_UDP),
    { family: 'ipv4', malformed: 'wrong_version' },
  ),
  packetCase(
    'a version other than 6 behind the PPP protocol of IPv6 is wrong',
    over(PPP.ipv6, ipv4(PROTOCOLS.tcp, tcp(...PORTS, 20))),
    { family: 'ipv6', malformed: 'wrong_version' },
  ),
];

const TRUNCATED_LINK = { malformed: 'truncated_link' } as const;
const HONEST = 2 + IPV4_TCP.length;

const LENGTHS: readonly PacketCase[] = [
  ...[0, 1].map((length) =>
    packetCase(
      `a PPPoE length of ${length} leaves no room for a protocol`,
      over(PPP.ipv4, IPV4_TCP, { length }),
      TRUNCATED_LINK,
    ),
  ),
  ...[HONEST + 1, 1492, 0xffff].map((length) =>
    packetCase(
      `a PPPoE length of ${length} is more than the frame holds`,
      over(PPP.ipv4, IPV4_TCP, { length }),
      TRUNCATED_LINK,
    ),
  ),
  packetCase(
    'the PPPoE length of a protocol that is not looked into must not lie either',
    over(PPP.lcp, filler(10), { length: 13 }),
    TRUNCATED_LINK,
  ),
  packetCase('a PPPoE length of 2 is enough for a protocol', over(PPP.lcp, filler(0)), OTHER),
  ...[0, 1, 19].map((bytes) =>
    packetCase(
      `bytes beyond a PPPoE length of ${2 + bytes} are not taken for an IPv4 header`,
      over(PPP.ipv4, IPV4_TCP, { length: 2 + bytes }),
      { family: 'ipv4', malformed: 'truncated_network' },
    ),
  ),
  ...[0, 1, 39].map((bytes) =>
    packetCase(
      `bytes beyond a PPPoE length of ${2 + bytes} are not taken for an IPv6 header`,
      over(PPP.ipv6, IPV6_UDP, { length: 2 + bytes }),
      { family: 'ipv6', malformed: 'truncated_network' },
    ),
  ),
  packetCase(
    'bytes beyond the PPPoE length are not taken for IPv4 options',
    over(PPP.ipv4, ipv4(PROTOCOLS.tcp, TCP, { options: filler(8) }), { length: 2 + 27 }),
    { ...overIpv4(PROTOCOLS.tcp), malformed: 'truncated_network' },
  ),
  ...[20, 24, 33, 39].map((bytes) =>
    packetCase(
      `an IPv4 packet must end within a PPPoE length of ${2 + bytes}, though the frame holds it`,
      over(PPP.ipv4, IPV4_TCP, { length: 2 + bytes }),
      { ...overIpv4(PROTOCOLS.tcp), malformed: 'wrong_total_length' },
    ),
  ),
  packetCase(
    'an IPv6 packet must end within the PPPoE length, though the frame holds it',
    over(PPP.ipv6, IPV6_UDP, { length: 2 + IPV6_UDP.length - 1 }),
    { ...overIpv6(PROTOCOLS.udp), malformed: 'wrong_total_length' },
  ),
  packetCase(
    'an IPv4 packet may be shorter than the PPPoE length',
    over(PPP.ipv4, Buffer.concat([ipv4(PROTOCOLS.tcp, filler(3)), filler(30)])),
    { ...overIpv4(PROTOCOLS.tcp), malformed: 'truncated_transport' },
  ),
];

const CUT: readonly PacketCase[] = [0, 1, 2, 3, 4, 5, 6, 7].map((bytes) =>
  packetCase(
    `${bytes} of 8 bytes of a PPPoE header are a truncated link header`,
    over(PPP.ipv4, filler(0)).subarray(0, 14 + bytes),
    TRUNCATED_LINK,
  ),
);

const CUT_OTHERS: readonly PacketCase[] = [
  packetCase(
    'a cut PPPoE header in a VLAN is truncated, and has the VLAN',
    ethernet(ETHERTYPES.vlan, vlan(pppoeSession, filler(5))),
    { ...TRUNCATED_LINK, vlan: VLAN },
  ),
  packetCase(
    'six bytes of PPPoE that is no session are enough to see so',
    over(PPP.ipv4, filler(0), { code: 9 }).subarray(0, 20),
    OTHER,
  ),
];

export const PPPOE_CASES: readonly PacketCase[] = [
  ...INSIDE,
  ...OTHERS,
  ...VERSIONS,
  ...LENGTHS,
  ...CUT,
  ...CUT_OTHERS,
];
