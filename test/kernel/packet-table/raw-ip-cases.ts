// SPDX-License-Identifier: Apache-2.0
// Devices without Ethernet: whatever the table has behind an Ethernet header, bare; and what is no IP at all.
import { ADDRESS_CASES } from './address-cases.ts';
import { EXTENSION_CASES } from './extension-cases.ts';
import { IPV4_CASES } from './ipv4-cases.ts';
import { IPV6_CASES } from './ipv6-cases.ts';
import { JUMBO_CASES } from './jumbo-cases.ts';
import { type PacketCase, rawCase } from './packet-case.ts';
import { ETHERTYPES, ethernet, filler, ipv4, mpls, PROTOCOLS, udp, vlan } from './packets.ts';
import { TCP_CASES } from './tcp-cases.ts';

const ETHERNET_BYTES = 14;
const VERSIONS = { other: undefined, ipv4: 4, ipv6: 6 } as const;

/** An ethertype announces a version; bare packets have none but their own. */
function isOfItsFamily({ frame, expected }: PacketCase): boolean {
  const first = frame[ETHERNET_BYTES];
  return first !== undefined && first >> 4 === VERSIONS[expected.family];
}

function bare({ name, frame, expected }: PacketCase): PacketCase {
  const packet = frame.subarray(ETHERNET_BYTES);
  return {
    name: `${name}, without Ethernet`,
    link: 'ip',
    frame: packet,
    expected: { ...expected, length: packet.length },
  };
}

const WRONG_VERSION = { malformed: 'wrong_version' } as const;

const GARBAGE: readonly PacketCase[] = [
  rawCase('a frame of no bytes is a truncated packet', filler(0), {
    malformed: 'truncated_network',
  }),
  ...[0, 1, 2, 3, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15].flatMap((version) =>
    [1, 20, 60].map((bytes) =>
      rawCase(
        `${bytes} bytes that begin with version ${version} are of no family`,
        Buffer.concat([Buffer.from([(version << 4) | 5]), filler(bytes - 1)]),
        WRONG_VERSION,
      ),
    ),
  ),
  rawCase('one byte of version 4 is a truncated packet of IPv4', Buffer.from([0x45]), {
    family: 'ipv4',
    malformed: 'truncated_network',
  }),
  rawCase('one byte of version 6 is a truncated packet of IPv6', Buffer.from([0x60]), {
    family: 'ipv6',
    malformed: 'truncated_network',
  }),
];

const IPV4_UDP = ipv4(PROTOCOLS.udp, udp(1, 2));

/** Their first byte is 0x02, that of an Ethernet address; 0x81; 0x00. */
const LINK_HEADERS: readonly PacketCase[] = [
  rawCase(
    'an Ethernet header is not looked for',
    ethernet(ETHERTYPES.ipv4, IPV4_UDP),
    WRONG_VERSION,
  ),
  rawCase(
    'a tag is not looked for',
    Buffer.concat([Buffer.from([0x81, 0]), vlan(ETHERTYPES.ipv4, IPV4_UDP)]),
    WRONG_VERSION,
  ),
  rawCase('a label is not looked for', mpls([16], IPV4_UDP), WRONG_VERSION),
  rawCase(
    'the ethertype of a sender’s making, where Ethernet would have it, chooses nothing',
    ipv4(PROTOCOLS.udp, udp(1, 2), { source: '10.0.8.0' }),
    {
      family: 'ipv4',
      protocol: PROTOCOLS.udp,
      source: '10.0.8.0',
      destination: '203.0.113.9',
      sourcePort: 1,
      destinationPort: 2,
      hopLimit: 61,
    },
  ),
];

/** Packets that fit one buffer. */
export const RAW_IP_CASES: readonly PacketCase[] = [
  ...[...ADDRESS_CASES, ...IPV4_CASES, ...IPV6_CASES, ...EXTENSION_CASES, ...TCP_CASES]
    .filter(isOfItsFamily)
    .map(bare),
  ...GARBAGE,
  ...LINK_HEADERS,
];

export const RAW_JUMBO_CASES: readonly PacketCase[] = JUMBO_CASES.filter(isOfItsFamily).map(bare);
