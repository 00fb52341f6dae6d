// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatText, packetFields } from '../../../src/cli/packet-line.ts';
import { FAMILIES, MALFORMED_REASONS } from '../../../src/snapshot/logger.ts';
import type { Packet } from '../../../src/snapshot/packet.ts';
import { ACTIONS } from '../../../src/snapshot/snapshot.ts';

const BOOT_MS = Date.parse('2026-11-21T12:00:00Z');
const [OTHER, IPV4, IPV6] = FAMILIES.map((_, index) => index);
const NO_ADDRESS = new Uint8Array(16);

function bytes(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

const UDP4: Packet = {
  device: 'eth0',
  cpu: 0,
  monotonicNs: 123_456,
  source: bytes('00000000000000000000ffffc0000207'),
  sourcePort: 40_000,
  destinationPort: 53,
  lengthBytes: 74,
  weight: 1,
  protocol: 17,
  action: ACTIONS.indexOf('pass'),
  family: IPV4 ?? 0,
  malformed: 0,
};
const NO_PORTS = { sourcePort: 0, destinationPort: 0 };
const ICMP6: Packet = {
  ...UDP4,
  ...NO_PORTS,
  source: bytes('20010db8000000000000000000000005'),
  protocol: 58,
  family: IPV6 ?? 0,
};
/** What bpf/packet.h records of a frame that is not IP. */
const ARP: Packet = {
  ...UDP4,
  source: NO_ADDRESS,
  sourcePort: 0,
  destinationPort: 0x0806,
  protocol: 0,
  family: OTHER ?? 0,
};

function malformed(packet: Packet, reason: (typeof MALFORMED_REASONS)[number]): Packet {
  return { ...packet, ...NO_PORTS, malformed: MALFORMED_REASONS.indexOf(reason) };
}

const TIME = '2026-11-21T12:00:00.000123Z';

/** What follows the time, the device and the CPU. */
function lineOf(packet: Packet): string {
  const line = formatText(packetFields(packet, BOOT_MS));
  const start = `time=${TIME} device=eth0 cpu=0 `;
  assert.equal(line.slice(0, start.length), start);
  return line.slice(start.length);
}

describe('formatText of a packet', () => {
  const lines: Readonly<Record<string, readonly [Packet, string]>> = {
    'UDP over IPv4': [
      UDP4,
      'source=192.0.2.7 source_port=40000 destination_port=53 protocol=udp length=74 action=pass',
    ],
    'TCP over IPv6': [
      { ...ICMP6, protocol: 6, sourcePort: 443, destinationPort: 65_535, lengthBytes: 65_226 },
      'source=2001:db8::5 source_port=443 destination_port=65535 protocol=tcp length=65226 action=pass',
    ],
    SCTP: [
      { ...UDP4, protocol: 132, sourcePort: 1, destinationPort: 2 },
      'source=192.0.2.7 source_port=1 destination_port=2 protocol=sctp length=74 action=pass',
    ],
    'UDP that wants no answer': [
      { ...UDP4, sourcePort: 0 },
      'source=192.0.2.7 source_port=0 destination_port=53 protocol=udp length=74 action=pass',
    ],
    ICMP: [
      { ...UDP4, ...NO_PORTS, protocol: 1, lengthBytes: 98 },
      'source=192.0.2.7 protocol=icmp length=98 action=pass',
    ],
    ICMPv6: [ICMP6, 'source=2001:db8::5 protocol=icmpv6 length=74 action=pass'],
    'a protocol without a name here': [
      { ...UDP4, ...NO_PORTS, protocol: 253 },
      'source=192.0.2.7 protocol=253 length=74 action=pass',
    ],
    'a host that has no address yet': [
      {
        ...UDP4,
        source: bytes('00000000000000000000ffff00000000'),
        sourcePort: 68,
        destinationPort: 67,
      },
      'source=0.0.0.0 source_port=68 destination_port=67 protocol=udp length=74 action=pass',
    ],
    'a host that looks for its IPv6 address': [
      { ...ICMP6, source: NO_ADDRESS },
      'source=:: protocol=icmpv6 length=74 action=pass',
    ],
    'a fragment behind the ports': [
      { ...UDP4, ...NO_PORTS },
      'source=192.0.2.7 protocol=udp length=74 action=pass',
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
      'source=192.0.2.7 protocol=udp length=74 action=pass malformed=truncated_transport',
    ],
    'one of too many extensions': [
      malformed({ ...ICMP6, protocol: 60 }, 'too_many_extensions'),
      'source=2001:db8::5 protocol=60 length=74 action=pass malformed=too_many_extensions',
    ],
    'one that is not of the version which its ethertype says': [
      malformed({ ...UDP4, source: NO_ADDRESS, protocol: 0 }, 'wrong_version'),
      'length=74 action=pass malformed=wrong_version',
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
        assert.equal(line.split(' ').length, 9);
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

describe('packetFields as JSON', () => {
  const json = (packet: Packet) => JSON.stringify(packetFields(packet, BOOT_MS));

  it('has numbers for numbers, in the order of the text', () => {
    assert.equal(
      json(UDP4),
      `{"time":"${TIME}","device":"eth0","cpu":0,"source":"192.0.2.7","source_port":40000,` +
        '"destination_port":53,"protocol":"udp","length":74,"action":"pass"}',
    );
    assert.equal(
      json(malformed(ICMP6, 'truncated_transport')),
      `{"time":"${TIME}","device":"eth0","cpu":0,"source":"2001:db8::5","protocol":"icmpv6",` +
        '"length":74,"action":"pass","malformed":"truncated_transport"}',
    );
    assert.equal(
      json(ARP),
      `{"time":"${TIME}","device":"eth0","cpu":0,"ethertype":"0x0806","length":74,"action":"pass"}`,
    );
  });

  it('keeps the name of a device, whatever it is, in one line', () => {
    const anyName = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\n"', '\u001b[2J', '\\'),
    );
    fc.assert(
      fc.property(anyName, (device) => {
        const line = json({ ...UDP4, device });
        assert.ok(['\n', '\r', '\u001b'].every((character) => !line.includes(character)));
        assert.equal(JSON.parse(line).device, device);
      }),
    );
  });
});

describe('packetFields', () => {
  it('tells the time to the microsecond, whenever the machine was started', () => {
    const started = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2039-01-01') });
    const sinceNs = fc.integer({ min: 0, max: 200 * 86_400 * 1e9 }).map(BigInt);
    fc.assert(
      fc.property(started, sinceNs, (bootMs, ns) => {
        const microseconds = BigInt(bootMs) * 1000n + ns / 1000n;
        const expected =
          new Date(Number(microseconds / 1000n)).toISOString().slice(0, -1) +
          `${String(microseconds % 1000n).padStart(3, '0')}Z`;
        assert.equal(packetFields({ ...UDP4, monotonicNs: Number(ns) }, bootMs)['time'], expected);
      }),
      { numRuns: 2000 },
    );
  });

  it('never lets the time go back from packet to packet', () => {
    const bootMs = fc.double({ min: 1.5e12, max: 2.1e12, noNaN: true });
    fc.assert(
      fc.property(bootMs, fc.nat(1e15), fc.nat(5_000), (boot, first, passed) => {
        const [before, after] = [first, first + passed].map((monotonicNs) =>
          String(packetFields({ ...UDP4, monotonicNs }, boot)['time']),
        );
        assert.ok((before ?? '') <= (after ?? ''), `${before} ${after}`);
      }),
      { numRuns: 2000 },
    );
  });

  it('tells the CPU and the device of each packet', () => {
    const { device, cpu } = packetFields({ ...UDP4, device: 'eth1', cpu: 127 }, BOOT_MS);
    assert.deepEqual([device, cpu], ['eth1', 127]);
  });
});
