// SPDX-License-Identifier: Apache-2.0
// A QinQ frame with IPv6 and TCP, cut at every byte that a frame can end at.
import { overIpv6, type PacketCase, packetCase } from './packet-case.ts';
import { ETHERTYPES, ethernet, ipv6, PROTOCOLS, tcp, vlan } from './packets.ts';

const PORTS = [0x1234, 443] as const;

/** Where the headers end: two tags, IPv6, the ports, TCP. */
const ENDS = { tags: 22, network: 62, ports: 66, transport: 82 } as const;

const FRAME = qinq(tcp(...PORTS));

function qinq(transport: Buffer): Buffer {
  const packet = ipv6(PROTOCOLS.tcp, transport);
  return ethernet(ETHERTYPES.serviceVlan, vlan(ETHERTYPES.vlan, vlan(ETHERTYPES.ipv6, packet)));
}

function expectedOf(length: number): Parameters<typeof packetCase>[2] {
  if (length < ENDS.tags) {
    return { malformed: 'truncated_link' };
  }
  if (length < ENDS.network) {
    return { family: 'ipv6', malformed: 'truncated_network' };
  }
  if (length < FRAME.length) {
    return { ...overIpv6(PROTOCOLS.tcp), malformed: 'wrong_total_length' };
  }
  return overIpv6(PROTOCOLS.tcp, PORTS);
}

/** No device passes on less than an Ethernet header, nor does BPF_PROG_TEST_RUN. */
const CUT: readonly PacketCase[] = Array.from(
  { length: FRAME.length - 13 },
  (_, index) => index + 14,
).map((length) =>
  packetCase(
    `a QinQ frame of IPv6 and TCP cut to ${length} of ${FRAME.length} bytes is ${expectedOf(length).malformed ?? 'whole'}`,
    FRAME.subarray(0, length),
    expectedOf(length),
  ),
);

const SHORT: readonly PacketCase[] = Array.from({ length: 21 }, (_, bytes) => {
  const frame = qinq(tcp(...PORTS).subarray(0, bytes));
  return packetCase(
    `${bytes} bytes of TCP, which IPv6 admits to, are ${bytes < 4 ? 'too few for' : 'enough for'} ports`,
    frame,
    bytes < ENDS.ports - ENDS.network
      ? { ...overIpv6(PROTOCOLS.tcp), malformed: 'truncated_transport' }
      : overIpv6(PROTOCOLS.tcp, PORTS),
  );
});

export const TRUNCATION_CASES: readonly PacketCase[] = [...CUT, ...SHORT];
