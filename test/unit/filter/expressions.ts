// SPDX-License-Identifier: Apache-2.0
// Filters, each with what tcpdump(8) must be asked for the same packets.

export interface Expression {
  readonly ours: string;
  /** In pcap's language; the same text where it is left out. */
  readonly pcap?: string;
  /**
   * Of frames with a VLAN tag, behind which pcap looks only where "vlan" stands before. By default that and `pcap`.
   */
  readonly tagged?: string;
}

const same: readonly Expression[] = [
  'udp',
  'tcp',
  'sctp',
  'icmp',
  'icmp6',
  'igmp',
  'esp',
  'ip',
  'ip6',
  'arp',
  'not udp',
  'not ip and not ip6',
  'ip or ip6',
  'udp or tcp',
  'udp and ip6',
  'ip proto 47',
  'ip6 proto 6',
  'proto 17',
  'ether proto 0x88cc',
  'ether proto 0x0800',
  'host 192.0.2.7',
  'src host 192.0.2.7',
  'dst host 192.0.2.7',
  'src 198.51.100.1',
  'host 192.0.2.7 and host 198.51.100.1',
  'host 192.0.2.7 or 203.0.113.9',
  'src or dst host 203.0.113.9',
  'src and dst net 192.0.2.0/24',
  'net 192.0.2.0/24',
  'src net 203.0.113.0/24',
  'dst net 198.51.100.0/25',
  'net 192.0.2.6/31',
  'host 2001:db8::7',
  'dst host 2001:db8:1::9',
  'src net 2001:db8::/48',
  'net 2001:db8::/32 and not src net 2001:db8:1::/48',
  'ip6 host 2001:db8::7',
  'port 53',
  'src port 53',
  'dst port 53',
  'udp port 53',
  'tcp port 443',
  'tcp dst port 443',
  'udp src port 40000',
  'sctp port 5060',
  'src and dst port 53',
  'port 53 or 443',
  'not port 53',
  'tcp and not port 443',
  'portrange 1-1023',
  'dst portrange 1024-65535',
  'udp and dst port 53 and net 203.0.113.0/24',
  '(udp or tcp) and src net 192.0.2.0/24',
  'udp or tcp and src net 192.0.2.0/24',
  'not (udp port 53 or tcp port 443)',
  'less 60',
  'greater 100',
  'greater 60 and less 100',
  'udp && !(dst port 53) || arp',
  'icmp and host 203.0.113.9',
].map((ours) => ({ ours }));

/** Of IPv6, pcap's "tcp[]" knows nothing. */
const flags = (bits: number) =>
  `(tcp[13] & ${bits} == ${bits} or (ip6 proto 6 and ip6[53] & ${bits} == ${bits}))`;
const [FIN, SYN, RST, ACK] = [1, 2, 4, 16] as const;

const respelled: readonly Expression[] = [
  // In pcap it is of ARP and whatever else has addresses, too.
  { ours: 'net 0.0.0.0/0', pcap: 'ip' },
  { ours: 'tcp syn', pcap: flags(SYN) },
  { ours: 'tcp syn and not tcp ack', pcap: `${flags(SYN)} and not ${flags(ACK)}` },
  { ours: 'tcp syn+ack', pcap: flags(SYN + ACK) },
  { ours: 'tcp rst or fin', pcap: `${flags(RST)} or ${flags(FIN)}` },
  { ours: 'vlan', tagged: 'vlan' },
  { ours: 'vlan 7', tagged: 'vlan 7' },
  { ours: 'vlan 7 and udp port 53', tagged: 'vlan 7 and udp port 53' },
  {
    ours: 'vlan 7 or 9',
    pcap: 'vlan 7',
    tagged: 'ether[14:2] & 0xfff = 7 or ether[14:2] & 0xfff = 9',
  },
  { ours: 'not vlan 7 and tcp', pcap: 'tcp', tagged: 'not vlan 7 and tcp' },
];

export const EXPRESSIONS: readonly Expression[] = [...same, ...respelled];
