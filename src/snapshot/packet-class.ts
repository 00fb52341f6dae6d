// SPDX-License-Identifier: Apache-2.0
// The names of what a packet is sorted by. Index in each list = index in every array by it = code in bpf/abi.h.

export const ACTIONS = ['aborted', 'drop', 'pass', 'tx', 'redirect', 'invalid'] as const;

export const FAMILIES = ['other', 'ipv4', 'ipv6'] as const;

export const PROTOCOLS = ['other', 'tcp', 'udp', 'icmp', 'sctp'] as const;

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
