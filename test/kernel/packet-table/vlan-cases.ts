// SPDX-License-Identifier: Apache-2.0
// VLAN tags: each kind, as many as are read, one more, and frames that end among them.
import { overIpv4, overIpv6, type PacketCase, packetCase } from './packet-case.ts';
import {
  ETHERTYPES,
  ethernet,
  filler,
  ipv4,
  ipv6,
  PROTOCOLS,
  padTo,
  sctp,
  tcp,
  udp,
  VLAN,
  vlan,
} from './packets.ts';

const { arp, vlan: customer, serviceVlan: service, oldServiceVlan: old } = ETHERTYPES;
const PORTS = [0x1234, 443] as const;
const IPV4_UDP = ipv4(PROTOCOLS.udp, udp(...PORTS));
const IPV6_TCP = ipv6(PROTOCOLS.tcp, tcp(...PORTS));
const IPV4 = { ...overIpv4(PROTOCOLS.udp, PORTS), vlan: VLAN };
const IPV6 = { ...overIpv6(PROTOCOLS.tcp, PORTS), vlan: VLAN };

/** The outermost tag has VLAN 100, the next one 200, and so on. */
function tagged(kinds: readonly number[], ethertype: number, payload: Buffer): Buffer {
  const [outer = ethertype, ...rest] = [...kinds, ethertype];
  const tags = rest.map((inner, index) => vlan(inner, filler(0), VLAN * (index + 1)));
  return ethernet(outer, Buffer.concat([...tags, payload]));
}

function nameOf(kinds: readonly number[]): string {
  return kinds.map((kind) => `0x${kind.toString(16)}`).join(', ');
}

const KINDS = [customer, service, old];
const STACKS = [
  ...KINDS.map((kind) => [kind]),
  ...KINDS.flatMap((outer) => KINDS.map((inner) => [outer, inner])),
  [service, service, customer],
  [customer, customer, customer],
  [old, service, customer],
  [customer, old, service],
  [old, old, old],
];

const TAGGED: readonly PacketCase[] = STACKS.flatMap((kinds) => [
  packetCase(
    `IPv4 behind tags ${nameOf(kinds)} has the VLAN of the outermost`,
    tagged(kinds, ETHERTYPES.ipv4, IPV4_UDP),
    IPV4,
  ),
  packetCase(
    `IPv6 behind tags ${nameOf(kinds)} has the VLAN of the outermost`,
    tagged(kinds, ETHERTYPES.ipv6, IPV6_TCP),
    IPV6,
  ),
  packetCase(
    `ARP behind tags ${nameOf(kinds)} is shown by its own ethertype`,
    tagged(kinds, arp, filler(46)),
    { destinationPort: arp, vlan: VLAN },
  ),
  packetCase(
    `an 802.3 length behind tags ${nameOf(kinds)} is no ethertype`,
    tagged(kinds, 38, filler(46)),
    { vlan: VLAN },
  ),
]);

const TOO_MANY: readonly PacketCase[] = [
  ...KINDS.map((fourth) =>
    packetCase(
      `a fourth tag of 0x${fourth.toString(16)} is as far as it goes: a non-IP frame`,
      tagged([service, customer, customer, fourth], ETHERTYPES.ipv4, IPV4_UDP),
      { destinationPort: fourth, vlan: VLAN },
    ),
  ),
  packetCase(
    'a fourth tag that is cut off is none of the parser’s business',
    tagged([old, service, customer], customer, filler(1)),
    { destinationPort: customer, vlan: VLAN },
  ),
  packetCase(
    'a frame of nothing but tags is a non-IP frame',
    tagged(new Array<number>(300).fill(customer), customer, filler(0)),
    { destinationPort: customer, vlan: VLAN },
  ),
];

const CONTROLS: readonly PacketCase[] = [
  ['a priority tag has no VLAN', 0xe000, 0],
  ['a tag that may be dropped has its VLAN', 0x1001, 1],
  ['VLAN 1 is shown', 1, 1],
  ['VLAN 4094 is shown', 4094, 4094],
  ['tag control of all ones is VLAN 4095', 0xffff, 4095],
  ['tag control that looks like an ethertype is none', 0x86dd, 0x6dd],
].map(([name, control, id]) =>
  packetCase(String(name), ethernet(customer, vlan(ETHERTYPES.ipv4, IPV4_UDP, Number(control))), {
    ...IPV4,
    vlan: Number(id),
  }),
);

const INNER: readonly PacketCase[] = [
  packetCase(
    'a priority tag around a VLAN has no VLAN',
    ethernet(customer, vlan(customer, vlan(ETHERTYPES.ipv6, IPV6_TCP, 200), 0xe000)),
    { ...IPV6, vlan: 0 },
  ),
  packetCase(
    'a VLAN around a priority tag is shown',
    ethernet(service, vlan(customer, vlan(ETHERTYPES.ipv6, IPV6_TCP, 0xe000))),
    IPV6,
  ),
  packetCase(
    'SCTP in QinQ shows its ports',
    tagged([service, customer], ETHERTYPES.ipv4, ipv4(PROTOCOLS.sctp, sctp(...PORTS))),
    { ...overIpv4(PROTOCOLS.sctp, PORTS), vlan: VLAN },
  ),
  packetCase(
    'a tagged frame padded to 64 bytes keeps the length of the frame',
    padTo(64, tagged([customer], ETHERTYPES.ipv4, IPV4_UDP)),
    IPV4,
  ),
  packetCase(
    'the version behind a tag must be that of its ethertype',
    tagged([customer], ETHERTYPES.ipv6, ipv4(PROTOCOLS.tcp, tcp(...PORTS, 100))),
    { family: 'ipv6', malformed: 'wrong_version', vlan: VLAN },
  ),
];

const CUT: readonly PacketCase[] = [0, 1, 2].flatMap((whole) =>
  [0, 1, 2, 3].map((bytes) =>
    packetCase(
      `${bytes} of 4 bytes of a tag behind ${whole} others are a truncated link header`,
      tagged([old, service, customer].slice(0, whole), customer, filler(bytes)),
      { malformed: 'truncated_link', vlan: whole > 0 ? VLAN : 0 },
    ),
  ),
);

const ENDS: readonly PacketCase[] = STACKS.map((kinds) =>
  packetCase(
    `a frame that ends behind tags ${nameOf(kinds)} is a truncated packet of IPv4`,
    tagged(kinds, ETHERTYPES.ipv4, filler(0)),
    { family: 'ipv4', malformed: 'truncated_network', vlan: VLAN },
  ),
);

export const VLAN_CASES: readonly PacketCase[] = [
  ...TAGGED,
  ...TOO_MANY,
  ...CONTROLS,
  ...INNER,
  ...CUT,
  ...ENDS,
];
