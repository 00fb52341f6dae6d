// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { packetFields } from '../../../src/cli/packet-fields.ts';
import type { Packet } from '../../../src/snapshot/packet.ts';
import { ARP, BOOT_MS, ICMP6, malformed, TCP6, TIME, UDP4 } from './sample-packets.ts';

describe('packetFields as JSON', () => {
  const json = (packet: Packet) => JSON.stringify(packetFields(packet, BOOT_MS));

  it('has numbers for numbers, in the order of the text', () => {
    assert.equal(
      json(UDP4),
      `{"time":"${TIME}","device":"eth0","cpu":0,"queue":3,"source":"192.0.2.7",` +
        '"source_port":40000,"destination":"198.51.100.1","destination_port":53,' +
        '"protocol":"udp","hop_limit":64,"length":74,"action":"pass"}',
    );
    assert.equal(
      json({ ...TCP6, vlan: 7 }),
      `{"time":"${TIME}","device":"eth0","cpu":0,"queue":3,"vlan":7,"source":"2001:db8::5",` +
        '"source_port":443,"destination":"2001:db8::1","destination_port":65535,' +
        '"protocol":"tcp","tcp_flags":"syn+ack","hop_limit":64,"length":74,"action":"pass"}',
    );
    assert.equal(
      json(malformed(ICMP6, 'truncated_transport')),
      `{"time":"${TIME}","device":"eth0","cpu":0,"queue":3,"source":"2001:db8::5",` +
        '"destination":"2001:db8::1","protocol":"icmpv6","hop_limit":64,"length":74,"action":"pass","malformed":"truncated_transport"}',
    );
    assert.equal(
      json(ARP),
      `{"time":"${TIME}","device":"eth0","cpu":0,"queue":3,"ethertype":"0x0806","length":74,"action":"pass"}`,
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
