// SPDX-License-Identifier: Apache-2.0
// Ethernet: ethertypes and LLC.
import { type PacketCase, packetCase } from './packet-case.ts';
import { ETHERTYPES, ethernet, filler, ipv4, PROTOCOLS, udp } from './packets.ts';

const { arp } = ETHERTYPES;
const IPV4_UDP = ipv4(PROTOCOLS.udp, udp(0x1234, 443));

const NON_IP: readonly PacketCase[] = [
  ['ARP', arp],
  ['a reverse ARP', 0x8035],
  ['an IPX', 0x8137],
  ['the one before MPLS', 0x8846],
  ['the one after MPLS', 0x8849],
  ['a PPPoE discovery', 0x8863],
  ['an EAPOL', 0x888e],
  ['an LLDP', 0x88cc],
  ['a QinQ tag of no standard (0x9200)', 0x9200],
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
  packetCase('a frame of nothing but an ARP ethertype is whole', ethernet(arp, filler(0)), {
    destinationPort: arp,
  }),
];

const FILLED: readonly PacketCase[] = [
  packetCase('a frame of 60 bytes of padding shows ethertype 0xeeee', filler(60), {
    destinationPort: 0xeeee,
  }),
  packetCase('a frame of zeros is an LLC frame', Buffer.alloc(60), {}),
];

export const LINK_CASES: readonly PacketCase[] = [...NON_IP, ...LLC, ...ODD_LINKS, ...FILLED];
