// SPDX-License-Identifier: Apache-2.0
// A QinQ frame with IPv6 and TCP, cut at every byte that a frame can end at.
import { overIpv6, type PacketCase, packetCase } from './packet-case.ts';
import { ETHERTYPES, ethernet, ipv6, PROTOCOLS, tcp, VLAN, vlan } from './packets.ts';

const PORTS = [0x1234, 443] as const;

/** Where the headers end: one tag, two, IPv6. */
const ENDS = { tag: 18, tags: 22, network: 62 } as const;

/** Bytes of TCP up to the end of its ports, and of its flags. */
const PORTS_END = 4;
const FLAGS_END = 14;

const FRAME = qinq(tcp(...PORTS));

function qinq(transport: Buffer): Buffer {
  const packet = ipv6(PROTOCOLS.tcp, transport);
  return ethernet(ETHERTYPES.serviceVlan, vlan(ETHERTYPES.vlan, vlan(ETHERTYPES.ipv6, packet)));
}

function expectedOf(length: number): Parameters<typeof packetCase>[2] {
  const tag = { vlan: length < ENDS.tag ? 0 : VLAN };
  if (length < ENDS.tags) {
    return { ...tag, malformed: 'truncated_link' };
  }
  if (length < ENDS.network) {
    return { ...tag, family: 'ipv6', malformed: 'truncated_network' };
  }
  if (length < FRAME.length) {
    return { ...tag, ...overIpv6(PROTOCOLS.tcp), malformed: 'wrong_total_length' };
  }
  return { ...tag, ...overIpv6(PROTOCOLS.tcp, PORTS) };
}

function expectedOfTcp(bytes: number): Parameters<typeof packetCase>[2] {
  if (bytes < PORTS_END) {
    return { ...overIpv6(PROTOCOLS.tcp), malformed: 'truncated_transport' };
  }
  return { ...overIpv6(PROTOCOLS.tcp, PORTS), ...(bytes < FLAGS_END ? { tcpFlags: 0 } : {}) };
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
    `${bytes} bytes of TCP, which IPv6 admits to, are ${bytes < PORTS_END ? 'too few for' : 'enough for'} ports`,
    frame,
    { ...expectedOfTcp(bytes), vlan: VLAN },
  );
});

export const TRUNCATION_CASES: readonly PacketCase[] = [...CUT, ...SHORT];
