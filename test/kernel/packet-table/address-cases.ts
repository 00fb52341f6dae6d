// SPDX-License-Identifier: Apache-2.0
// Addresses and hop limits of both families, those that mean something special above all.
import { overIpv4, overIpv6, type PacketCase, packetCase } from './packet-case.ts';
import { ETHERTYPES, ethernet, icmp, ipv4, ipv6, tcp, udp } from './packets.ts';

const PORTS = [0x1234, 443] as const;
const TCP = tcp(...PORTS);

function overFour(...packet: Parameters<typeof ipv4>): Buffer {
  return ethernet(ETHERTYPES.ipv4, ipv4(...packet));
}

function overSix(...packet: Parameters<typeof ipv6>): Buffer {
  return ethernet(ETHERTYPES.ipv6, ipv6(...packet));
}

const IPV4_SOURCES: readonly PacketCase[] = [
  '0.0.0.0',
  '127.0.0.1',
  '224.0.0.1',
  '255.255.255.255',
].map((source) =>
  packetCase(`IPv4 source ${source} is shown as it is`, overFour(6, TCP, { source }), {
    ...overIpv4(6, PORTS),
    source,
  }),
);

const IPV4_DESTINATIONS: readonly PacketCase[] = [
  '0.0.0.0',
  '10.0.0.255',
  '239.1.2.3',
  '255.255.255.255',
].map((destination) =>
  packetCase(
    `IPv4 destination ${destination} is shown as it is`,
    overFour(6, TCP, { destination }),
    {
      ...overIpv4(6, PORTS),
      destination,
    },
  ),
);

const DHCP: readonly PacketCase[] = [
  packetCase(
    'a DHCP discover comes from the unspecified address',
    overFour(17, udp(68, 67, 300), { source: '0.0.0.0', destination: '255.255.255.255' }),
    { ...overIpv4(17, [68, 67]), source: '0.0.0.0', destination: '255.255.255.255' },
  ),
];

const TTLS: readonly PacketCase[] = [0, 1, 64, 255].flatMap((ttl) => [
  packetCase(`a TTL of ${ttl} is shown`, overFour(6, TCP, { ttl }), {
    ...overIpv4(6, PORTS),
    hopLimit: ttl,
  }),
  packetCase(`a TTL of ${ttl} is shown of ICMP`, overFour(1, icmp(8), { ttl }), {
    ...overIpv4(1),
    hopLimit: ttl,
  }),
]);

const IPV6_SOURCES: readonly PacketCase[] = [
  ['::', 'the unspecified'],
  ['::1', 'the loopback'],
  ['fe80::1', 'a link-local'],
  ['ff02::1', 'a multicast'],
  ['::ffff:c000:0207', 'an IPv4-mapped'],
  ['::c000:0207', 'an IPv4-compatible'],
  ['c000:0207::', 'an address that looks like IPv4 in a record as'],
  ['64:ff9b::c000:0201', 'a NAT64'],
  ['ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', 'the highest'],
].map(([source = '', name]) =>
  packetCase(`${name} source keeps the family IPv6`, overSix(6, TCP, { source }), {
    ...overIpv6(6, PORTS),
    source,
  }),
);

const IPV6_DESTINATIONS: readonly PacketCase[] = ['::', '::1', 'ff02::1:2', '::ffff:c000:0207'].map(
  (destination) =>
    packetCase(
      `IPv6 destination ${destination} is shown as it is`,
      overSix(6, TCP, { destination }),
      {
        ...overIpv6(6, PORTS),
        destination,
      },
    ),
);

const HOP_LIMITS: readonly PacketCase[] = [0, 1, 64, 255].map((hopLimit) =>
  packetCase(`a hop limit of ${hopLimit} is shown`, overSix(58, icmp(135), { hopLimit }), {
    ...overIpv6(58),
    hopLimit,
  }),
);

/** The same four bytes in the record, but never the same source. */
const ALIKE: readonly PacketCase[] = [
  packetCase('IPv4 source 192.0.2.7 is of family IPv4', overFour(6, TCP, { source: '192.0.2.7' }), {
    ...overIpv4(6, PORTS),
    source: '192.0.2.7',
  }),
];

export const ADDRESS_CASES: readonly PacketCase[] = [
  ...IPV4_SOURCES,
  ...IPV4_DESTINATIONS,
  ...DHCP,
  ...TTLS,
  ...IPV6_SOURCES,
  ...IPV6_DESTINATIONS,
  ...HOP_LIMITS,
  ...ALIKE,
];
