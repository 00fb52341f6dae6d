// SPDX-License-Identifier: Apache-2.0
// Ethernet: ethertypes, LLC, VLAN tags, and frames that end among them.
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
  vlan,
} from './packets.ts';

const { arp, serviceVlan, vlan: customerVlan } = ETHERTYPES;
const PORTS = [0x1234, 443] as const;
const IPV4_UDP = ipv4(PROTOCOLS.udp, udp(...PORTS));
const IPV6_TCP = ipv6(PROTOCOLS.tcp, tcp(...PORTS));

const NON_IP: readonly PacketCase[] = [
  ['ARP', arp],
  ['a reverse ARP', 0x8035],
  ['an IPX', 0x8137],
  ['an MPLS', 0x8847],
  ['a PPPoE session', 0x8864],
  ['an EAPOL', 0x888e],
  ['an LLDP', 0x88cc],
  ['a pre-standard QinQ tag (0x9100)', 0x9100],
  ['the lowest', 0x0600],
  ['the highest', 0xffff],
].map(([subject, ethertype]) =>
  packetCase(
    `${subject} ethertype is shown as such, without an address`,
    ethernet(Number(ethertype), filler(46)),
    { destinationPort: Number(ethertype) },
  ),
);

const LLC: readonly PacketCase[] = [0, 3, 38, 1500, 0x05ff].map((length) =>
  packetCase(
    `an 802.3 length field of ${length} is no ethertype`,
    ethernet(length, Buffer.concat([Buffer.from('424203', 'hex'), filler(57)])),
    {},
  ),
);

const SNAP = Buffer.concat([Buffer.from('aaaa030000000800', 'hex'), IPV4_UDP]);

const ODD_LINKS: readonly PacketCase[] = [
  packetCase('IPv4 inside LLC/SNAP is not looked for', ethernet(SNAP.length, SNAP), {}),
  packetCase(
    'an 802.3 length behind a VLAN tag is no ethertype',
    ethernet(customerVlan, vlan(38, filler(46))),
    {},
  ),
  packetCase('a frame of nothing but an ARP ethertype is whole', ethernet(arp, filler(0)), {
    destinationPort: arp,
  }),
];

const TAGGED: readonly PacketCase[] = [
  packetCase('one 802.1Q tag is read past', ethernet(customerVlan, vlan(0x0800, IPV4_UDP)), {
    ...overIpv4(PROTOCOLS.udp, PORTS),
  }),
  packetCase('one 802.1ad tag is read past', ethernet(serviceVlan, vlan(0x86dd, IPV6_TCP)), {
    ...overIpv6(PROTOCOLS.tcp, PORTS),
  }),
  packetCase(
    '802.1ad around 802.1Q (QinQ) is read past',
    ethernet(serviceVlan, vlan(customerVlan, vlan(0x86dd, IPV6_TCP))),
    overIpv6(PROTOCOLS.tcp, PORTS),
  ),
  packetCase(
    '802.1Q around 802.1ad is read past',
    ethernet(customerVlan, vlan(serviceVlan, vlan(0x0800, IPV4_UDP))),
    overIpv4(PROTOCOLS.udp, PORTS),
  ),
  packetCase(
    'two 802.1Q tags are read past',
    ethernet(customerVlan, vlan(customerVlan, vlan(0x0800, IPV4_UDP))),
    overIpv4(PROTOCOLS.udp, PORTS),
  ),
  packetCase(
    'two 802.1ad tags are read past',
    ethernet(serviceVlan, vlan(serviceVlan, vlan(0x86dd, IPV6_TCP))),
    overIpv6(PROTOCOLS.tcp, PORTS),
  ),
  packetCase(
    'a priority tag (VLAN 0) is a tag',
    ethernet(customerVlan, vlan(0x0800, IPV4_UDP, 0xe000)),
    overIpv4(PROTOCOLS.udp, PORTS),
  ),
  packetCase(
    'tag control of all ones is not looked at',
    ethernet(serviceVlan, vlan(customerVlan, vlan(0x86dd, IPV6_TCP, 0xffff), 0xffff)),
    overIpv6(PROTOCOLS.tcp, PORTS),
  ),
  packetCase(
    'tag control that looks like an ethertype is not one',
    ethernet(customerVlan, vlan(0x0800, IPV4_UDP, 0x86dd)),
    overIpv4(PROTOCOLS.udp, PORTS),
  ),
  packetCase(
    'ARP in two tags is shown by its own ethertype',
    ethernet(serviceVlan, vlan(customerVlan, vlan(arp, filler(46)))),
    { destinationPort: arp },
  ),
  packetCase(
    'SCTP in QinQ shows its ports',
    ethernet(serviceVlan, vlan(customerVlan, vlan(0x0800, ipv4(PROTOCOLS.sctp, sctp(...PORTS))))),
    overIpv4(PROTOCOLS.sctp, PORTS),
  ),
];

const THREE_TAGS: readonly PacketCase[] = [customerVlan, serviceVlan].map((third) =>
  packetCase(
    `a third tag of 0x${third.toString(16)} is as far as it goes: a non-IP frame`,
    ethernet(serviceVlan, vlan(customerVlan, vlan(third, vlan(0x0800, IPV4_UDP)))),
    { destinationPort: third },
  ),
);

/** Ends 0..4 bytes after the last header that is there. */
function ends(after: Buffer, missing: number, name: string): readonly PacketCase[] {
  return Array.from({ length: missing }, (_, bytes) =>
    packetCase(
      `${name} and ${bytes} bytes are a truncated link header`,
      Buffer.concat([after, filler(bytes)]),
      { malformed: 'truncated_link' },
    ),
  );
}

const TRUNCATED: readonly PacketCase[] = [
  ...ends(ethernet(customerVlan, filler(0)), 4, 'an 802.1Q ethertype'),
  ...ends(ethernet(serviceVlan, vlan(customerVlan, filler(0))), 4, 'a tag, an inner ethertype'),
  packetCase(
    'a third tag that is cut off is none of the parser’s business',
    ethernet(serviceVlan, vlan(customerVlan, vlan(customerVlan, filler(1)))),
    { destinationPort: customerVlan },
  ),
  packetCase('a frame of 60 bytes of padding shows ethertype 0xeeee', filler(60), {
    destinationPort: 0xeeee,
  }),
  packetCase('a frame of zeros is an LLC frame', Buffer.alloc(60), {}),
  packetCase(
    'a tagged frame padded to 64 bytes keeps the length of the frame',
    padTo(64, ethernet(customerVlan, vlan(0x0800, IPV4_UDP))),
    overIpv4(PROTOCOLS.udp, PORTS),
  ),
];

export const LINK_CASES: readonly PacketCase[] = [
  ...NON_IP,
  ...LLC,
  ...ODD_LINKS,
  ...TAGGED,
  ...THREE_TAGS,
  ...TRUNCATED,
];
