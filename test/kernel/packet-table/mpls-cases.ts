// SPDX-License-Identifier: Apache-2.0
// MPLS: stacks of labels, what may lie below them, and frames that end too soon.
import { overIpv4, overIpv6, type PacketCase, packetCase } from './packet-case.ts';
import {
  ETHERTYPES,
  ethernet,
  extension,
  filler,
  ipv4,
  ipv6,
  mpls,
  mplsEntry,
  PPP,
  PROTOCOLS,
  padTo,
  pppoe,
  tcp,
  udp,
  VLAN,
  vlan,
} from './packets.ts';

const { mpls: unicast, mplsMulticast: multicast } = ETHERTYPES;
const PORTS = [0x1234, 443] as const;
const IPV4_UDP = ipv4(PROTOCOLS.udp, udp(...PORTS));
const IPV6_TCP = ipv6(PROTOCOLS.tcp, tcp(...PORTS));
const IPV4 = overIpv4(PROTOCOLS.udp, PORTS);
const IPV6 = overIpv6(PROTOCOLS.tcp, PORTS);
const OTHER = { destinationPort: unicast };
const TRUNCATED = { malformed: 'truncated_link' } as const;

/** The first that no standard reserves. */
const LABEL = 16;

function over(...stack: Parameters<typeof mpls>): Buffer {
  return ethernet(unicast, mpls(...stack));
}

function labels(count: number): number[] {
  return Array.from({ length: count }, (_, index) => LABEL + index);
}

const STACKS: readonly PacketCase[] = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((count) => [
  packetCase(`IPv4 below ${count} labels is read`, over(labels(count), IPV4_UDP), IPV4),
  packetCase(`IPv6 below ${count} labels is read`, over(labels(count), IPV6_TCP), IPV6),
  packetCase(
    `a frame that ends below ${count} labels is a truncated link header`,
    over(labels(count), filler(0)),
    TRUNCATED,
  ),
]);

const TOO_MANY: readonly PacketCase[] = [
  ...[9, 10, 300].map((count) =>
    packetCase(
      `a stack of ${count} labels is too deep: a non-IP frame`,
      over(labels(count), IPV4_UDP),
      OTHER,
    ),
  ),
  packetCase(
    'a stack that is cut off below its eighth label is too deep already',
    over(labels(9), filler(0)).subarray(0, 14 + 32),
    OTHER,
  ),
];

const LABELS: readonly PacketCase[] = [
  packetCase('IPv4 below an IPv4 explicit null is read', over([0], IPV4_UDP), IPV4),
  packetCase('IPv6 below an IPv6 explicit null is read', over([2], IPV6_TCP), IPV6),
  packetCase('the version is believed, not an IPv4 explicit null', over([0], IPV6_TCP), IPV6),
  packetCase('the version is believed, not an IPv6 explicit null', over([2], IPV4_UDP), IPV4),
  packetCase('an explicit null at the bottom of others is read', over([99, 0], IPV4_UDP), IPV4),
  packetCase('an explicit null above others is read', over([0, 99], IPV4_UDP), IPV4),
  packetCase('a router alert label is stepped over', over([1, 99], IPV6_TCP), IPV6),
  packetCase('an entropy label is stepped over', over([99, 7, 0xabcde], IPV6_TCP), IPV6),
  packetCase('the highest label is stepped over', over([0xfffff], IPV4_UDP), IPV4),
];

const BELOW: readonly PacketCase[] = [
  ...[0, 1, 2, 3, 5, 7, 8, 15].map((nibble) =>
    packetCase(
      `what begins with ${nibble} below the stack is no IP: a frame of MPLS`,
      over([LABEL], Buffer.concat([Buffer.from([nibble << 4]), filler(59)])),
      OTHER,
    ),
  ),
  packetCase(
    'a pseudowire with a control word is a frame of MPLS',
    over([LABEL], Buffer.concat([Buffer.alloc(4), ethernet(ETHERTYPES.ipv4, IPV4_UDP)])),
    OTHER,
  ),
  packetCase(
    'a pseudowire without one shows the first byte of an address, 0x02 here',
    over([LABEL], ethernet(ETHERTYPES.ipv4, IPV4_UDP)),
    OTHER,
  ),
  packetCase(
    'a multicast ethertype is shown as such',
    ethernet(multicast, mpls([LABEL], filler(46))),
    { destinationPort: multicast },
  ),
  packetCase(
    'IPv4 below labels of the multicast ethertype is read',
    ethernet(multicast, mpls([LABEL, LABEL], IPV4_UDP)),
    IPV4,
  ),
  packetCase(
    'a first byte of 4 and nothing behind it is a truncated packet of IPv4',
    over([LABEL], Buffer.from([0x45])),
    { family: 'ipv4', malformed: 'truncated_network' },
  ),
  packetCase(
    'a first byte of 6 and nothing behind it is a truncated packet of IPv6',
    over([LABEL], Buffer.from([0x60])),
    { family: 'ipv6', malformed: 'truncated_network' },
  ),
  packetCase(
    'an IPv4 total length is held against the frame below labels too',
    over([LABEL], IPV4_UDP.subarray(0, -1)),
    { ...overIpv4(PROTOCOLS.udp), malformed: 'wrong_total_length' },
  ),
  packetCase(
    'padding below labels is not taken for ports',
    padTo(64, over([LABEL], ipv4(PROTOCOLS.udp, filler(3)))),
    { ...overIpv4(PROTOCOLS.udp), malformed: 'truncated_transport' },
  ),
  packetCase(
    'ports are found behind an extension header below the deepest stack',
    over(labels(8), ipv6(PROTOCOLS.routing, extension(PROTOCOLS.tcp, tcp(...PORTS)))),
    IPV6,
  ),
  packetCase(
    'a tag below the stack is not looked for',
    over([LABEL], vlan(ETHERTYPES.ipv4, IPV4_UDP)),
    OTHER,
  ),
];

const TAGGED: readonly PacketCase[] = [
  packetCase(
    'MPLS in a VLAN is read',
    ethernet(ETHERTYPES.vlan, vlan(unicast, mpls([LABEL, 0], IPV4_UDP))),
    { ...IPV4, vlan: VLAN },
  ),
  packetCase(
    'MPLS in three tags is read',
    ethernet(
      ETHERTYPES.serviceVlan,
      vlan(
        ETHERTYPES.vlan,
        vlan(ETHERTYPES.oldServiceVlan, vlan(multicast, mpls(labels(8), IPV6_TCP), 300), 200),
      ),
    ),
    { ...IPV6, vlan: VLAN },
  ),
  packetCase(
    'a pseudowire in a VLAN has the ethertype of MPLS and the VLAN',
    ethernet(ETHERTYPES.vlan, vlan(unicast, mpls([LABEL], Buffer.alloc(40)))),
    { ...OTHER, vlan: VLAN },
  ),
  packetCase(
    'a PPPoE session below the stack is not looked for',
    over([LABEL], pppoe(PPP.ipv4, IPV4_UDP)),
    OTHER,
  ),
];

const CUT: readonly PacketCase[] = [0, 1, 3, 7].flatMap((whole) =>
  [0, 1, 2, 3].map((bytes) =>
    packetCase(
      `${bytes} of 4 bytes of a label below ${whole} others are a truncated link header`,
      ethernet(
        unicast,
        Buffer.concat([
          ...labels(whole).map((label) => mplsEntry(label, false)),
          mplsEntry(LABEL, true).subarray(0, bytes),
        ]),
      ),
      TRUNCATED,
    ),
  ),
);

export const MPLS_CASES: readonly PacketCase[] = [
  ...STACKS,
  ...TOO_MANY,
  ...LABELS,
  ...BELOW,
  ...TAGGED,
  ...CUT,
];
