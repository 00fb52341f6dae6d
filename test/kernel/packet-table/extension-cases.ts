// SPDX-License-Identifier: Apache-2.0
// IPv6 extension headers: each kind, chains, loops, fragments, and headers that end too soon.
import { overIpv6, type PacketCase, packetCase } from './packet-case.ts';
import {
  authentication,
  ETHERTYPES,
  ethernet,
  extension,
  filler,
  fragment,
  icmp,
  ipv6,
  ipv6Chain,
  PROTOCOLS,
  padTo,
  sctp,
  tcp,
  udp,
} from './packets.ts';

const { destination, hopByHop, mobility, none, routing } = PROTOCOLS;
const PORTS = [0x1234, 443] as const;
const TCP = tcp(...PORTS);

function over(...packet: Parameters<typeof ipv6>): Buffer {
  return ethernet(ETHERTYPES.ipv6, ipv6(...packet));
}

function chain(...packet: Parameters<typeof ipv6Chain>): Buffer {
  return ethernet(ETHERTYPES.ipv6, ipv6Chain(...packet));
}

const KINDS = [
  [hopByHop, 'a hop-by-hop header'],
  [routing, 'a routing header'],
  [destination, 'destination options'],
  [mobility, 'a mobility header'],
] as const;

const ALONE: readonly PacketCase[] = [
  ...KINDS.flatMap(([kind, name]) =>
    [8, 16, 2048].map((bytes) =>
      packetCase(
        `ports are found behind ${name} of ${bytes} bytes`,
        over(kind, extension(6, TCP, bytes)),
        overIpv6(6, PORTS),
      ),
    ),
  ),
  ...[12, 16, 24, 1028].map((bytes) =>
    packetCase(
      `ports are found behind an authentication header of ${bytes} bytes`,
      over(PROTOCOLS.authentication, authentication(17, udp(...PORTS), bytes)),
      overIpv6(17, PORTS),
    ),
  ),
  packetCase(
    'ESP behind a hop-by-hop header is protocol 50',
    chain([hopByHop], 50, TCP),
    overIpv6(50),
  ),
  packetCase(
    'no next header behind options is protocol 59, whatever follows',
    chain([destination], none, TCP),
    overIpv6(none),
  ),
  packetCase(
    'ICMPv6 behind a hop-by-hop header (MLD) has no ports',
    chain([hopByHop], 58, icmp(143)),
    overIpv6(58),
  ),
  packetCase(
    'SCTP behind a routing header shows its ports',
    chain([routing], 132, sctp(...PORTS)),
    overIpv6(132, PORTS),
  ),
];

const LIMIT = [hopByHop, destination, routing, mobility, destination, destination];

const CHAINS: readonly PacketCase[] = [
  ...[2, 3, 4, 5, 6].map((count) =>
    packetCase(
      `ports are found behind ${count} extension headers`,
      chain(LIMIT.slice(0, count), 6, TCP),
      overIpv6(6, PORTS),
    ),
  ),
  packetCase('six extension headers and none behind are whole', chain(LIMIT, none, filler(0)), {
    ...overIpv6(none),
  }),
  packetCase('six extension headers before ESP are whole', chain(LIMIT, 50, TCP), overIpv6(50)),
  ...KINDS.map(([kind, name]) =>
    packetCase(
      `a seventh extension header, ${name}, is too many`,
      chain([...LIMIT, kind], 6, TCP),
      {
        ...overIpv6(kind),
        malformed: 'too_many_extensions',
      },
    ),
  ),
  packetCase(
    'a seventh extension header that is not even there is too many',
    chain(LIMIT, routing, filler(0)),
    { ...overIpv6(routing), malformed: 'too_many_extensions' },
  ),
  ...[7, 20, 180].map((count) =>
    packetCase(
      `a loop of ${count} hop-by-hop headers ends as too many`,
      chain(new Array<number>(count).fill(hopByHop), hopByHop, filler(0)),
      { ...overIpv6(hopByHop), malformed: 'too_many_extensions' },
    ),
  ),
  packetCase(
    'a loop of hop-by-hop headers that the packet ends before the seventh is truncated',
    chain(new Array<number>(5).fill(hopByHop), hopByHop, filler(0)),
    { ...overIpv6(hopByHop), malformed: 'truncated_transport' },
  ),
];

const FRAGMENT = PROTOCOLS.fragment;

const FRAGMENTS: readonly PacketCase[] = [
  packetCase(
    'the first IPv6 fragment shows the ports',
    over(FRAGMENT, fragment(17, udp(...PORTS, 64), 0, true)),
    overIpv6(17, PORTS),
  ),
  packetCase(
    'an atomic fragment shows the ports',
    over(FRAGMENT, fragment(6, TCP, 0, false)),
    overIpv6(6, PORTS),
  ),
  packetCase(
    'a first IPv6 fragment too short for ports is truncated',
    over(FRAGMENT, fragment(6, filler(3), 0, true)),
    { ...overIpv6(6), malformed: 'truncated_transport' },
  ),
  ...[1, 32, 0x1000, 0x1fff].flatMap((offset) =>
    [true, false].map((more) =>
      packetCase(
        `an IPv6 fragment at offset ${offset}${more ? '' : ', the last,'} has no ports`,
        over(FRAGMENT, fragment(6, TCP, offset, more)),
        overIpv6(6),
      ),
    ),
  ),
  packetCase(
    'a later fragment of options is not read for more headers',
    over(FRAGMENT, fragment(destination, extension(6, TCP), 3, true)),
    overIpv6(destination),
  ),
  packetCase(
    'a later fragment is recognised behind other headers',
    over(hopByHop, extension(FRAGMENT, fragment(6, TCP, 3, true))),
    overIpv6(6),
  ),
  packetCase(
    'ports are found behind options in a first fragment',
    over(FRAGMENT, fragment(destination, extension(6, TCP), 0, true)),
    overIpv6(6, PORTS),
  ),
];

const PAST_THE_END: readonly PacketCase[] = [
  ...[6, 58, none].map((next) =>
    packetCase(
      `an extension header before protocol ${next} that runs past the packet is truncated`,
      over(destination, extension(next, filler(0), 64).subarray(0, 56)),
      { ...overIpv6(destination), malformed: 'truncated_transport' },
    ),
  ),
  packetCase(
    'an extension header of 2048 bytes in a short packet is truncated',
    over(hopByHop, extension(6, TCP, 2048).subarray(0, 100)),
    { ...overIpv6(hopByHop), malformed: 'truncated_transport' },
  ),
  packetCase(
    'a second extension header that runs past the packet is truncated',
    over(hopByHop, extension(destination, extension(6, filler(0), 32).subarray(0, 24))),
    { ...overIpv6(destination), malformed: 'truncated_transport' },
  ),
  packetCase(
    'an authentication header that runs past the packet is truncated',
    over(PROTOCOLS.authentication, authentication(6, filler(0), 24).subarray(0, 20)),
    { ...overIpv6(PROTOCOLS.authentication), malformed: 'truncated_transport' },
  ),
  packetCase(
    'an extension header does not go on in the padding',
    padTo(128, over(destination, extension(58, filler(0), 16).subarray(0, 8))),
    { ...overIpv6(destination), malformed: 'truncated_transport' },
  ),
  packetCase(
    'padding is not taken for ports behind an extension header',
    padTo(128, chain([destination], 17, filler(3))),
    { ...overIpv6(17), malformed: 'truncated_transport' },
  ),
  packetCase(
    'padding is not taken for an extension header',
    Buffer.concat([over(hopByHop, filler(0)), extension(6, TCP)]),
    { ...overIpv6(hopByHop), malformed: 'truncated_transport' },
  ),
];

function cutTo(bytes: number, kind: number, headers: Buffer): PacketCase {
  return packetCase(
    `${bytes} of 8 bytes of extension header ${kind} are truncated`,
    over(kind, headers.subarray(0, bytes)),
    { ...overIpv6(kind), malformed: 'truncated_transport' },
  );
}

const CUT: readonly PacketCase[] = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((bytes) => [
  cutTo(bytes, hopByHop, extension(none, filler(0))),
  cutTo(bytes, FRAGMENT, fragment(6, filler(0), 5, true)),
]);

export const EXTENSION_CASES: readonly PacketCase[] = [
  ...ALONE,
  ...CHAINS,
  ...FRAGMENTS,
  ...PAST_THE_END,
  ...CUT,
];
