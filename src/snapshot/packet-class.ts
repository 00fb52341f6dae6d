// SPDX-License-Identifier: Apache-2.0
// The names of what a packet is sorted by. Index in each list = index in every array by it, and but for protocols the
// code in bpf/abi.h.

export const ACTIONS = ['aborted', 'drop', 'pass', 'tx', 'redirect', 'invalid'] as const;

export const FAMILIES = ['other', 'ipv4', 'ipv6'] as const;

export const PROTOCOLS = ['other', 'tcp', 'udp', 'icmp', 'sctp'] as const;

/**
 * TCP by the flags that begin and end connections: the first that holds of RST; SYN, with ACK or without; FIN; none of
 * them.
 */
export const TCP_FLAG_SETS = ['other', 'syn', 'synack', 'rst', 'fin'] as const;

/** What is wrong with a packet's headers; the first one is nothing. */
export const MALFORMED_REASONS = [
  'none',
  'truncated_link',
  'truncated_network',
  'wrong_version',
  'wrong_header_length',
  'wrong_total_length',
  'too_many_extensions',
  'truncated_transport',
] as const;

/** IANA's names of IP protocols, by number, as far as they are common enough to be known by name. */
export const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  1: 'icmp',
  2: 'igmp',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'icmpv6',
  89: 'ospf',
  132: 'sctp',
};

export const TCP = 6;

/** Protocols whose packets begin with ports. */
export const WITH_PORTS: ReadonlySet<number> = new Set([TCP, 17, 132]);

/** Bits of the flags byte of a TCP header, the lowest first. */
export const TCP_FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const;
