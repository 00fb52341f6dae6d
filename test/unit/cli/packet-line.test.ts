// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatText, packetFields } from '../../../src/cli/packet-line.ts';
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

/** What follows the time, the device, the CPU and the queue. */
function lineOf(packet: Packet): string {
  const line = formatText(packetFields(packet, BOOT_MS));
  const start = `time=${TIME} device=eth0 cpu=0 queue=3 `;
  assert.equal(line.slice(0, start.length), start);
  return line.slice(start.length);
}

describe('formatText of a packet', () => {
  const lines: Readonly<Record<string, readonly [Packet, string]>> = {
    'UDP over IPv4': [
      UDP4,
      'source=192.0.2.7 source_port=40000 destination=198.51.100.1 destination_port=53 protocol=udp hop_limit=64 length=74 action=pass',
    ],
    'TCP over IPv6': [
      { ...TCP6, lengthBytes: 65_226 },
      'source=2001:db8::5 source_port=443 destination=2001:db8::1 destination_port=65535 protocol=tcp tcp_flags=syn+ack hop_limit=64 length=65226 action=pass',
    ],
    'all flags of TCP': [
      { ...TCP6, tcpFlags: 0xff },
      'source=2001:db8::5 source_port=443 destination=2001:db8::1 destination_port=65535 protocol=tcp tcp_flags=fin+syn+rst+psh+ack+urg+ece+cwr hop_limit=64 length=74 action=pass',
    ],
    'TCP without flags': [
      { ...TCP6, tcpFlags: 0 },
      'source=2001:db8::5 source_port=443 destination=2001:db8::1 destination_port=65535 protocol=tcp hop_limit=64 length=74 action=pass',
    ],
    'one in a VLAN': [
      { ...UDP4, vlan: 4094 },
      'vlan=4094 source=192.0.2.7 source_port=40000 destination=198.51.100.1 destination_port=53 protocol=udp hop_limit=64 length=74 action=pass',
    ],
    SCTP: [
      { ...UDP4, protocol: 132, sourcePort: 1, destinationPort: 2 },
      'source=192.0.2.7 source_port=1 destination=198.51.100.1 destination_port=2 protocol=sctp hop_limit=64 length=74 action=pass',
    ],
    'UDP that wants no answer': [
      { ...UDP4, sourcePort: 0 },
      'source=192.0.2.7 source_port=0 destination=198.51.100.1 destination_port=53 protocol=udp hop_limit=64 length=74 action=pass',
    ],
    ICMP: [
      { ...UDP4, ...NO_PORTS, protocol: 1, lengthBytes: 98 },
      'source=192.0.2.7 destination=198.51.100.1 protocol=icmp hop_limit=64 length=98 action=pass',
    ],
    ICMPv6: [
      ICMP6,
      'source=2001:db8::5 destination=2001:db8::1 protocol=icmpv6 hop_limit=64 length=74 action=pass',
    ],
    'a protocol without a name here': [
      { ...UDP4, ...NO_PORTS, protocol: 253 },
      'source=192.0.2.7 destination=198.51.100.1 protocol=253 hop_limit=64 length=74 action=pass',
    ],
    'a packet at the end of its way': [
      { ...UDP4, ...NO_PORTS, protocol: 1, hopLimit: 0 },
      'source=192.0.2.7 destination=198.51.100.1 protocol=icmp hop_limit=0 length=74 action=pass',
    ],
    'a host that has no address yet': [
      {
        ...UDP4,
        source: NO_ADDRESS,
        destination: bytes('ffffffff000000000000000000000000'),
        sourcePort: 68,
        destinationPort: 67,
      },
      'source=0.0.0.0 source_port=68 destination=255.255.255.255 destination_port=67 protocol=udp hop_limit=64 length=74 action=pass',
    ],
    'a host that looks for its IPv6 address': [
      { ...ICMP6, source: NO_ADDRESS },
      'source=:: destination=2001:db8::1 protocol=icmpv6 hop_limit=64 length=74 action=pass',
    ],
    'an IPv6 address that looks like one of IPv4': [
      { ...ICMP6, source: bytes('00000000000000000000ffffc0000207') },
      'source=::ffff:c000:207 destination=2001:db8::1 protocol=icmpv6 hop_limit=64 length=74 action=pass',
    ],
    'a fragment behind the ports': [
      { ...UDP4, ...NO_PORTS },
      'source=192.0.2.7 destination=198.51.100.1 protocol=udp hop_limit=64 length=74 action=pass',
    ],
    'what is not IP in a VLAN': [
      { ...ARP, vlan: 7 },
      'vlan=7 ethertype=0x0806 length=74 action=pass',
    ],
    ARP: [ARP, 'ethertype=0x0806 length=74 action=pass'],
    'a frame of a higher ethertype': [
      { ...ARP, destinationPort: 0x88cc },
      'ethertype=0x88cc length=74 action=pass',
    ],
    'an LLC frame, which has a length for its ethertype': [
      { ...ARP, destinationPort: 0 },
      'ethertype=llc length=74 action=pass',
    ],
    'a dropped one': [
      { ...ARP, action: ACTIONS.indexOf('drop') },
      'ethertype=0x0806 length=74 action=drop',
    ],
    'an action that does not exist': [
      { ...ARP, action: 7 },
      'ethertype=0x0806 length=74 action=invalid',
    ],
    'one without its ports': [
      malformed(UDP4, 'truncated_transport'),
      'source=192.0.2.7 destination=198.51.100.1 protocol=udp hop_limit=64 length=74 action=pass malformed=truncated_transport',
    ],
    'one of too many extensions': [
      malformed({ ...ICMP6, protocol: 60 }, 'too_many_extensions'),
      'source=2001:db8::5 destination=2001:db8::1 protocol=60 hop_limit=64 length=74 action=pass malformed=too_many_extensions',
    ],
    'one that is not of the version which its ethertype says': [
      malformed({ ...ARP, family: UDP4.family }, 'wrong_version'),
      'length=74 action=pass malformed=wrong_version',
    ],
    'one of unspecified addresses that is longer than its frame': [
      malformed({ ...ICMP6, source: NO_ADDRESS, destination: NO_ADDRESS }, 'wrong_total_length'),
      'source=:: destination=:: protocol=icmpv6 hop_limit=64 length=74 action=pass malformed=wrong_total_length',
    ],
    'one that ends before its ethertype': [
      malformed({ ...ARP, lengthBytes: 15 }, 'truncated_link'),
      'length=15 action=pass malformed=truncated_link',
    ],
  };
  for (const [name, [packet, line]] of Object.entries(lines)) {
    it(`shows ${name}`, () => {
      assert.equal(lineOf(packet), line);
    });
  }

  it('lets no device control the terminal, forge a line or a field', () => {
    const anyName = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '\u001b[2J\u009b31m\u0007',
        'a\r\nb',
        'a source=192.0.2.1',
        '\u2028',
        ' ',
        '\u007f',
      ),
    );
    fc.assert(
      fc.property(anyName, (device) => {
        const line = formatText(packetFields({ ...UDP4, device }, BOOT_MS));
        assert.match(line, /^[\x20-\x7e]+$/);
        assert.equal(line.split(' ').length, 12);
        const value = line.split(' ')[1]?.replace(/^device=/, '') ?? '';
        assert.equal(value.startsWith('"') ? JSON.parse(value) : value, device);
      }),
    );
  });

  it('prints the names that devices have as they are', () => {
    const device = 'br-7f_0.100@x:1';
    const line = formatText(packetFields({ ...UDP4, device }, BOOT_MS));
    assert.match(line, / device=br-7f_0\.100@x:1 cpu=0 /);
  });
});
