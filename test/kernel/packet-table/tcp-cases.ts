// SPDX-License-Identifier: Apache-2.0
// The flags of TCP: each of them, and where a packet has none.
import { overIpv4, overIpv6, type PacketCase, packetCase } from './packet-case.ts';
import {
  ETHERTYPES,
  ethernet,
  extension,
  filler,
  fragment,
  IPV4_MORE_FRAGMENTS,
  ipv4,
  ipv6,
  PROTOCOLS,
  padTo,
  sctp,
  tcp,
  udp,
} from './packets.ts';

const PORTS = [0x1234, 443] as const;

function overBoth(protocol: number, segment: Buffer): readonly [Buffer, Buffer] {
  return [
    ethernet(ETHERTYPES.ipv4, ipv4(protocol, segment)),
    ethernet(ETHERTYPES.ipv6, ipv6(protocol, segment)),
  ];
}

/** Packets are counted by these. */
const COUNTED = [
  ['FIN', 0x01],
  ['SYN', 0x02],
  ['RST', 0x04],
  ['ACK', 0x10],
] as const;

const OTHERS = [
  ['no other', 0],
  ['PSH URG ECE CWR', 0xe8],
] as const;

/** Each set of the counted flags, alone and with all others. */
const SETS = Array.from({ length: 2 ** COUNTED.length }, (_, set) =>
  COUNTED.filter((_flag, index) => (set >> index) % 2 === 1),
).flatMap((counted) =>
  OTHERS.map((others) => {
    const all = [others, ...counted];
    const flags = all.reduce((sum, [, bits]) => sum + bits, 0);
    return [all.map(([name]) => name).join(' '), flags] as const;
  }),
);

const FLAGS: readonly PacketCase[] = [
  ...SETS,
  ['PSH', 0x08] as const,
  ['URG', 0x20] as const,
  ['ECE', 0x40] as const,
  ['CWR', 0x80] as const,
].flatMap(([name, tcpFlags]) => {
  const [overFour, overSix] = overBoth(PROTOCOLS.tcp, tcp(...PORTS, 0, tcpFlags));
  return [
    packetCase(`flags over IPv4: ${name}`, overFour, {
      ...overIpv4(PROTOCOLS.tcp, PORTS),
      tcpFlags,
    }),
    packetCase(`flags over IPv6: ${name}`, overSix, {
      ...overIpv6(PROTOCOLS.tcp, PORTS),
      tcpFlags,
    }),
  ];
});

/** All bits of the byte where TCP has its flags are set. */
const FLAGLESS: readonly PacketCase[] = [
  ['UDP', PROTOCOLS.udp, udp(...PORTS, 40)],
  ['SCTP', PROTOCOLS.sctp, sctp(...PORTS)],
].flatMap(([name, protocol, segment]) => {
  const number = Number(protocol);
  const [overFour, overSix] = overBoth(number, Buffer.from(segment as Buffer).fill(0xff, 8));
  return [
    packetCase(`${name} over IPv4 has no flags`, overFour, overIpv4(number, PORTS)),
    packetCase(`${name} over IPv6 has no flags`, overSix, overIpv6(number, PORTS)),
  ];
});

const CUT: readonly PacketCase[] = [4, 5, 12, 13, 14, 15, 19].flatMap((bytes) => {
  const [overFour, overSix] = overBoth(PROTOCOLS.tcp, tcp(...PORTS).subarray(0, bytes));
  const flags = bytes > 13 ? {} : { tcpFlags: 0 };
  return [
    packetCase(
      `${bytes} bytes of TCP over IPv4 ${bytes > 13 ? 'show' : 'hide'} the flags`,
      overFour,
      {
        ...overIpv4(PROTOCOLS.tcp, PORTS),
        ...flags,
      },
    ),
    packetCase(
      `${bytes} bytes of TCP over IPv6 ${bytes > 13 ? 'show' : 'hide'} the flags`,
      overSix,
      {
        ...overIpv6(PROTOCOLS.tcp, PORTS),
        ...flags,
      },
    ),
  ];
});

const NOT_THERE: readonly PacketCase[] = [
  packetCase(
    'padding is not taken for the flags of IPv4',
    padTo(100, ethernet(ETHERTYPES.ipv4, ipv4(PROTOCOLS.tcp, tcp(...PORTS).subarray(0, 13)))),
    { ...overIpv4(PROTOCOLS.tcp, PORTS), tcpFlags: 0 },
  ),
  packetCase(
    'padding is not taken for the flags of IPv6',
    padTo(100, ethernet(ETHERTYPES.ipv6, ipv6(PROTOCOLS.tcp, tcp(...PORTS).subarray(0, 13)))),
    { ...overIpv6(PROTOCOLS.tcp, PORTS), tcpFlags: 0 },
  ),
  packetCase(
    'a first IPv4 fragment of 8 bytes has ports and no flags',
    ethernet(
      ETHERTYPES.ipv4,
      ipv4(PROTOCOLS.tcp, tcp(...PORTS).subarray(0, 8), { fragment: IPV4_MORE_FRAGMENTS }),
    ),
    { ...overIpv4(PROTOCOLS.tcp, PORTS), tcpFlags: 0 },
  ),
  packetCase(
    'the second IPv4 fragment, which has the flags, is not read',
    ethernet(ETHERTYPES.ipv4, ipv4(PROTOCOLS.tcp, filler(20), { fragment: 1 })),
    overIpv4(PROTOCOLS.tcp),
  ),
  packetCase(
    'a first IPv6 fragment of 8 bytes has ports and no flags',
    ethernet(
      ETHERTYPES.ipv6,
      ipv6(PROTOCOLS.fragment, fragment(PROTOCOLS.tcp, tcp(...PORTS).subarray(0, 8), 0, true)),
    ),
    { ...overIpv6(PROTOCOLS.tcp, PORTS), tcpFlags: 0 },
  ),
  packetCase(
    'flags are found behind IPv4 options',
    ethernet(ETHERTYPES.ipv4, ipv4(PROTOCOLS.tcp, tcp(...PORTS, 0, 0xc2), { options: filler(12) })),
    { ...overIpv4(PROTOCOLS.tcp, PORTS), tcpFlags: 0xc2 },
  ),
  packetCase(
    'flags are found behind extension headers',
    ethernet(
      ETHERTYPES.ipv6,
      ipv6(PROTOCOLS.destination, extension(PROTOCOLS.tcp, tcp(...PORTS, 0, 0x29), 24)),
    ),
    { ...overIpv6(PROTOCOLS.tcp, PORTS), tcpFlags: 0x29 },
  ),
];

export const TCP_CASES: readonly PacketCase[] = [...FLAGS, ...FLAGLESS, ...CUT, ...NOT_THERE];
