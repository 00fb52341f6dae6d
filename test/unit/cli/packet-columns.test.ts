// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createColumns } from '../../../src/cli/packet-columns.ts';
import type { Packet } from '../../../src/snapshot/packet.ts';
import { ACTIONS } from '../../../src/snapshot/packet-class.ts';
import {
  ARP,
  BOOT_MS,
  bytes,
  ICMP6,
  malformed,
  NO_ADDRESS,
  NO_PORTS,
  TCP6,
  TIME,
  UDP4,
} from './sample-packets.ts';

/** What follows the time, the device and the CPU, with one space between columns. */
function lineOf(packet: Packet): string {
  const line = createColumns().encode(packet, BOOT_MS);
  const start = `${TIME} eth0     0 `;
  assert.equal(line.slice(0, start.length), start);
  assert.equal(line.at(-1), '\n');
  return line.slice(start.length, -1).replace(/ +/g, ' ');
}

describe('createColumns', () => {
  const lines: Readonly<Record<string, readonly [Packet, string]>> = {
    'UDP over IPv4': [UDP4, 'pass 192.0.2.7:40000 198.51.100.1:53 udp 74'],
    'TCP over IPv6': [
      { ...TCP6, lengthBytes: 65_226 },
      'pass [2001:db8::5]:443 [2001:db8::1]:65535 tcp 65226 syn+ack',
    ],
    'all flags of TCP': [
      { ...TCP6, tcpFlags: 0xff },
      'pass [2001:db8::5]:443 [2001:db8::1]:65535 tcp 74 fin+syn+rst+psh+ack+urg+ece+cwr',
    ],
    'TCP without flags': [
      { ...TCP6, tcpFlags: 0 },
      'pass [2001:db8::5]:443 [2001:db8::1]:65535 tcp 74',
    ],
    'one in a VLAN': [
      { ...UDP4, vlan: 4094 },
      'pass 192.0.2.7:40000 198.51.100.1:53 udp 74 vlan=4094',
    ],
    SCTP: [
      { ...UDP4, protocol: 132, sourcePort: 1, destinationPort: 2 },
      'pass 192.0.2.7:1 198.51.100.1:2 sctp 74',
    ],
    'UDP that wants no answer': [
      { ...UDP4, sourcePort: 0 },
      'pass 192.0.2.7:0 198.51.100.1:53 udp 74',
    ],
    ICMP: [
      { ...UDP4, ...NO_PORTS, protocol: 1, lengthBytes: 98 },
      'pass 192.0.2.7 198.51.100.1 icmp 98',
    ],
    ICMPv6: [ICMP6, 'pass 2001:db8::5 2001:db8::1 icmpv6 74'],
    'a protocol without a name here': [
      { ...UDP4, ...NO_PORTS, protocol: 253 },
      'pass 192.0.2.7 198.51.100.1 253 74',
    ],
    'a packet at the end of its way': [
      { ...UDP4, ...NO_PORTS, protocol: 1, hopLimit: 0 },
      'pass 192.0.2.7 198.51.100.1 icmp 74',
    ],
    'a host that has no address yet': [
      {
        ...UDP4,
        source: NO_ADDRESS,
        destination: bytes('ffffffff000000000000000000000000'),
        sourcePort: 68,
        destinationPort: 67,
      },
      'pass 0.0.0.0:68 255.255.255.255:67 udp 74',
    ],
    'a host that looks for its IPv6 address': [
      { ...ICMP6, source: NO_ADDRESS },
      'pass :: 2001:db8::1 icmpv6 74',
    ],
    'an IPv6 address that looks like one of IPv4': [
      { ...ICMP6, source: bytes('00000000000000000000ffffc0000207') },
      'pass ::ffff:c000:207 2001:db8::1 icmpv6 74',
    ],
    'a fragment behind the ports': [{ ...UDP4, ...NO_PORTS }, 'pass 192.0.2.7 198.51.100.1 udp 74'],
    'what is not IP in a VLAN': [{ ...ARP, vlan: 7 }, 'pass - - arp 74 vlan=7'],
    ARP: [ARP, 'pass - - arp 74'],
    'a frame of a higher ethertype': [{ ...ARP, destinationPort: 0x88cc }, 'pass - - 0x88cc 74'],
    'an LLC frame, which has a length for its ethertype': [
      { ...ARP, destinationPort: 0 },
      'pass - - llc 74',
    ],
    'a dropped one': [{ ...ARP, action: ACTIONS.indexOf('drop') }, 'drop - - arp 74'],
    'an action that does not exist': [{ ...ARP, action: 7 }, 'invalid - - arp 74'],
    'one without its ports': [
      malformed(UDP4, 'truncated_transport'),
      'pass 192.0.2.7 198.51.100.1 udp 74 malformed=truncated_transport',
    ],
    'one of too many extensions': [
      malformed({ ...ICMP6, protocol: 60 }, 'too_many_extensions'),
      'pass 2001:db8::5 2001:db8::1 60 74 malformed=too_many_extensions',
    ],
    'one that is not of the version which its ethertype says': [
      malformed({ ...ARP, family: UDP4.family }, 'wrong_version'),
      'pass - - - 74 malformed=wrong_version',
    ],
    'one of unspecified addresses that is longer than its frame': [
      malformed({ ...ICMP6, source: NO_ADDRESS, destination: NO_ADDRESS }, 'wrong_total_length'),
      'pass :: :: icmpv6 74 malformed=wrong_total_length',
    ],
    'one that ends before its ethertype': [
      malformed({ ...ARP, lengthBytes: 15 }, 'truncated_link'),
      'pass - - - 15 malformed=truncated_link',
    ],
  };
  for (const [name, [packet, line]] of Object.entries(lines)) {
    it(`shows ${name}`, () => {
      assert.equal(lineOf(packet), line);
    });
  }

  it('lets no device control the terminal, forge a line or a column', () => {
    const anyName = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\u001b[2J\u009b31m\u0007', 'a\r\nb', 'a 0 drop', '\u2028', ' ', '\u007f'),
    );
    fc.assert(
      fc.property(anyName, (device) => {
        const line = createColumns()
          .encode({ ...UDP4, device }, BOOT_MS)
          .slice(0, -1);
        assert.match(line, /^[\x20-\x7e]+$/);
        const columns = line.split(/ +/);
        assert.equal(columns.length, 8);
        const shown = columns[1] ?? '';
        assert.equal(shown.startsWith('"') ? JSON.parse(shown) : shown, device);
      }),
    );
  });

  it('keeps its columns one below the other, however wide their values become', () => {
    const { head, encode } = createColumns();
    const packets = [
      UDP4,
      { ...ARP, cpu: 127 },
      TCP6,
      UDP4,
      { ...UDP4, device: 'enp129s0f0np0' },
      ARP,
    ];
    const lines = packets.map((packet) => encode(packet, BOOT_MS).trimEnd());
    const starts = (line: string) => [...line.matchAll(/(?<= |^)\S+/g)].map(({ index }) => index);
    const [first, , third, fourth, fifth, sixth] = lines.map(starts);
    // Numbers are flush right.
    const places = [0, 1, 3, 4, 5, 6];
    const pick = (all: readonly number[] = []) => places.map((place) => all[place]);
    assert.deepEqual(pick(first), pick(starts(head)));
    assert.deepEqual(pick(fourth), pick(third));
    assert.deepEqual(pick(sixth), pick(fifth));
  });
});
