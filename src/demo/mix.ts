// SPDX-License-Identifier: Apache-2.0
// The demo's traffic: a little of everything, from the addresses that RFC 5737 and RFC 3849 set aside for examples.
import type { MixEntry } from '../generator/stream.ts';

/** First addresses of those that the demo's packets go to, and their prefixes. */
export const SERVERS = {
  names: '203.0.113.53/24',
  web: '203.0.113.80/24',
  webIpv6: '2001:db8:80::1/48',
} as const;

const NAME_SERVER = { kind: 'fixed', prefix: SERVERS.names } as const;
const WEB_SERVERS = { kind: 'skewed', count: 3, prefix: SERVERS.web } as const;
const WEB_SERVERS_IPV6 = { kind: 'skewed', count: 3, prefix: SERVERS.webIpv6 } as const;

/** Lengths are such as DNS, TCP acknowledgements and full segments, video and ping have. */
export const DEMO_MIX: readonly MixEntry[] = [
  {
    family: 4,
    protocol: 'udp',
    port: 53,
    weight: 35,
    length: 90,
    sources: { kind: 'skewed', count: 250, prefix: '192.0.2.1/24' },
    destinations: NAME_SERVER,
  },
  {
    family: 4,
    protocol: 'tcp',
    port: 443,
    weight: 20,
    flags: ['psh', 'ack'],
    length: 1514,
    sources: { kind: 'skewed', count: 250, prefix: '198.51.100.1/24' },
    destinations: WEB_SERVERS,
  },
  // Connections that begin, go on and end.
  ...(
    [
      [['syn'], 1],
      [['ack'], 8],
      [['fin', 'ack'], 1],
    ] as const
  ).map(
    ([flags, weight]): MixEntry => ({
      family: 4,
      protocol: 'tcp',
      port: { from: 8080, to: 8083 },
      weight,
      flags,
      length: 66,
      sources: { kind: 'uniform', count: 64, prefix: '198.51.100.1/24' },
      destinations: WEB_SERVERS,
    }),
  ),
  {
    family: 6,
    protocol: 'udp',
    port: 443,
    weight: 15,
    length: { from: 100, to: 1280 },
    sources: { kind: 'skewed', count: 4096, prefix: '2001:db8::1/32' },
    destinations: WEB_SERVERS_IPV6,
  },
  {
    family: 6,
    protocol: 'tcp',
    port: 443,
    weight: 10,
    flags: ['ack'],
    length: 1514,
    sources: { kind: 'cycle', count: 8, prefix: '2001:db8:1::1/48' },
    destinations: WEB_SERVERS_IPV6,
  },
  {
    family: 4,
    protocol: 'icmp',
    weight: 5,
    length: 98,
    sources: { kind: 'cycle', count: 20, prefix: '203.0.113.1/24' },
    destinations: WEB_SERVERS,
  },
  {
    family: 6,
    protocol: 'icmp',
    weight: 5,
    length: 118,
    sources: { kind: 'fixed', prefix: '2001:db8:2::1/48' },
    destinations: WEB_SERVERS_IPV6,
  },
];
