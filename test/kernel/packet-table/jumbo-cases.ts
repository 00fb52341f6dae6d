// SPDX-License-Identifier: Apache-2.0
// Frames of several buffers: the headers may lie behind the linear part, or astride its end.
import { overIpv4, overIpv6, type PacketCase, packetCase } from './packet-case.ts';
import {
  ETHERTYPES,
  ethernet,
  extension,
  filler,
  ipv4,
  ipv6,
  PROTOCOLS,
  tcp,
  udp,
} from './packets.ts';

/** What BPF_PROG_TEST_RUN leaves linear of a longer frame: a page of 4096 less headroom and skb_shared_info. */
const LINEAR_BYTES = 3520;

const { destination, hopByHop } = PROTOCOLS;
const PORTS = [0x1234, 443] as const;

function overIpv4Frame(length: number): Buffer {
  return ethernet(ETHERTYPES.ipv4, ipv4(6, tcp(...PORTS, length - 54)));
}

function overIpv6Frame(length: number): Buffer {
  return ethernet(ETHERTYPES.ipv6, ipv6(17, udp(...PORTS, length - 62)));
}

/** Destination options of these sizes, each up to 2048 bytes, before `payload` of protocol `last`. */
function behind(sizes: readonly number[], last: number, payload: Buffer): Buffer {
  const headers = sizes.map((bytes, index) =>
    extension(index === sizes.length - 1 ? last : destination, filler(0), bytes),
  );
  return ethernet(ETHERTYPES.ipv6, ipv6(destination, Buffer.concat([...headers, payload])));
}

const SIZES: readonly PacketCase[] = [
  LINEAR_BYTES,
  LINEAR_BYTES + 1,
  4096,
  9018,
  16_000,
  65_535,
].flatMap((length) => [
  packetCase(`an IPv4 frame of ${length} bytes is read`, overIpv4Frame(length), {
    ...overIpv4(6, PORTS),
  }),
  packetCase(`an IPv6 frame of ${length} bytes is read`, overIpv6Frame(length), {
    ...overIpv6(17, PORTS),
  }),
]);

const BEHIND: readonly PacketCase[] = [
  packetCase(
    'ports are found behind 4096 bytes of extension headers, in a fragment of the frame',
    behind([2048, 2048], 6, tcp(...PORTS)),
    overIpv6(6, PORTS),
  ),
  packetCase(
    'ports are found behind the longest chain there is',
    behind([2048, 2048, 2048, 2048, 2048, 2048], 17, udp(...PORTS)),
    overIpv6(17, PORTS),
  ),
  packetCase(
    'a seventh header is too many also behind the longest chain',
    behind([2048, 2048, 2048, 2048, 2048, 2048, 8], 17, udp(...PORTS)),
    { ...overIpv6(destination), malformed: 'too_many_extensions' },
  ),
  packetCase(
    'ports that lie astride the end of the linear part are read',
    // 14 + 40 + 2048 + 1416 = 3518
    behind([2048, 1416], 6, tcp(...PORTS)),
    overIpv6(6, PORTS),
  ),
  packetCase(
    'an extension header that lies astride the end of the linear part is read',
    behind([2048, 1416, 24], 6, tcp(...PORTS)),
    overIpv6(6, PORTS),
  ),
  packetCase(
    'ports missing behind 4096 bytes of extension headers are truncated',
    behind([2048, 2048], 6, filler(3)),
    { ...overIpv6(6), malformed: 'truncated_transport' },
  ),
  packetCase(
    'an IPv6 payload length one more than all buffers hold is wrong',
    behind([2048, 2048], 58, filler(0)).subarray(0, -1),
    { ...overIpv6(destination), malformed: 'wrong_total_length' },
  ),
];

/** As the stack makes them in generic mode, with a length of 0 in the header. */
const AGGREGATES: readonly PacketCase[] = [
  packetCase(
    'an IPv4 aggregate above 64 KiB has total length 0 and ports',
    ethernet(ETHERTYPES.ipv4, ipv4(6, tcp(...PORTS, 69_000), { totalLength: 0 })),
    overIpv4(6, PORTS),
  ),
  packetCase(
    'an IPv6 aggregate above 64 KiB has payload length 0 and ports',
    ethernet(ETHERTYPES.ipv6, ipv6(6, tcp(...PORTS, 69_000), { payloadLength: 0 })),
    overIpv6(6, PORTS),
  ),
  packetCase(
    'a jumbogram has payload length 0, a hop-by-hop header and ports',
    ethernet(
      ETHERTYPES.ipv6,
      ipv6(hopByHop, extension(6, tcp(...PORTS, 69_000)), { payloadLength: 0 }),
    ),
    overIpv6(6, PORTS),
  ),
  packetCase(
    'the longest IPv4 packet may have total length 65535 and no less',
    ethernet(ETHERTYPES.ipv4, ipv4(6, tcp(...PORTS, 65_495))),
    overIpv4(6, PORTS),
  ),
  packetCase(
    'the longest IPv4 packet may not have total length 0',
    ethernet(ETHERTYPES.ipv4, ipv4(6, tcp(...PORTS, 65_495), { totalLength: 0 })),
    { ...overIpv4(6), malformed: 'wrong_total_length' },
  ),
  packetCase(
    'an IPv4 packet one byte longer than its total length can say may have 0',
    ethernet(ETHERTYPES.ipv4, ipv4(6, tcp(...PORTS, 65_496), { totalLength: 0 })),
    overIpv4(6, PORTS),
  ),
  packetCase(
    'the longest IPv6 payload has length 65535',
    ethernet(ETHERTYPES.ipv6, ipv6(17, udp(...PORTS, 65_527), { payloadLength: 0xffff })),
    overIpv6(17, PORTS),
  ),
  packetCase(
    'an IPv4 total length is believed in a frame above 64 KiB too',
    ethernet(ETHERTYPES.ipv4, ipv4(6, tcp(...PORTS, 69_000), { totalLength: 23 })),
    { ...overIpv4(6), malformed: 'truncated_transport' },
  ),
  packetCase(
    'an IPv6 payload length is believed in a frame above 64 KiB too',
    ethernet(ETHERTYPES.ipv6, ipv6(6, tcp(...PORTS, 69_000), { payloadLength: 3 })),
    { ...overIpv6(6), malformed: 'truncated_transport' },
  ),
  packetCase(
    'a frame of 9000 bytes with payload length 0 has no payload',
    ethernet(ETHERTYPES.ipv6, ipv6(6, tcp(...PORTS, 8926), { payloadLength: 0 })),
    { ...overIpv6(6), malformed: 'truncated_transport' },
  ),
];

export const JUMBO_CASES: readonly PacketCase[] = [...SIZES, ...BEHIND, ...AGGREGATES];
