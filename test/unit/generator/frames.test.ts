// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  buildHeader,
  type HeaderFields,
  headerLength,
  PROTOCOLS,
} from '../../../src/generator/frames.ts';

const SOURCES = {
  4: Buffer.from('c6336401', 'hex'),
  6: Buffer.from('20010db8ffff00011234567800000001', 'hex'),
} as const;

const DESTINATIONS = {
  4: Buffer.from('c6120001', 'hex'),
  6: Buffer.from('20010002000000000000000000000001', 'hex'),
} as const;

const build = (
  family: 4 | 6,
  protocol: HeaderFields['protocol'],
  { flags = ['syn'], vlan }: Partial<Pick<HeaderFields, 'flags' | 'vlan'>> = {},
) =>
  buildHeader({
    family,
    protocol,
    source: SOURCES[family],
    destination: DESTINATIONS[family],
    flags,
    vlan,
  });

describe('buildHeader', () => {
  it('makes a UDP header over IPv4 that lacks only parts of addresses, the port, lengths and checksums', () => {
    const { bytes } = build(4, 'udp');
    const ethernet = '027864700002' + '027864700001' + '0800';
    const ip = '45000000' + '00004000' + '40110000' + '00000000' + '00000000';
    assert.equal(bytes.toString('hex'), `${ethernet}${ip}9c40000000000000`);
  });

  it('makes a SYN over IPv6, with all but the last 32 bits of the addresses and the port', () => {
    const { bytes } = build(6, 'tcp');
    const source = '20010db8ffff000112345678' + '00000000';
    const ip = `600000000000${'0640'}${source}${'200100020000000000000000'}${'00000000'}`;
    const tcp = '9c400000' + '00000000' + '00000000' + '5002ffff' + '00000000';
    assert.equal(bytes.toString('hex', 12), `86dd${ip}${tcp}`);
  });

  it('asks for an echo with the type of the family', () => {
    assert.equal(build(4, 'icmp').bytes[34], 8);
    assert.equal(build(6, 'icmp').bytes[54], 128);
  });

  it('uses unicast MAC addresses that no vendor has', () => {
    const { bytes } = build(4, 'udp');
    for (const first of [bytes[0], bytes[6]]) {
      assert.equal((first ?? 0) & 3, 2);
    }
  });

  it('sets the flags of TCP that it is given, and no other', () => {
    const byteOf = (flags: HeaderFields['flags']) => build(4, 'tcp', { flags }).bytes[47];
    assert.equal(byteOf([]), 0x00);
    assert.equal(byteOf(['syn', 'ack']), 0x12);
    assert.equal(byteOf(['fin', 'rst', 'psh', 'urg']), 0x2d);
  });

  it('tags the frame between the addresses of the link and the type', () => {
    const { bytes, ipOffset } = build(6, 'udp', { vlan: 4094 });
    assert.equal(ipOffset, 18);
    assert.equal(bytes.toString('hex', 12, 20), '81000ffe' + '86dd' + '6000');
  });

  for (const family of [4, 6] as const) {
    for (const protocol of PROTOCOLS) {
      for (const vlan of [undefined, 9]) {
        const tagged = vlan === undefined ? '' : ' behind a tag';
        it(`knows the parts of the checksums of ${protocol} over IPv${family}${tagged}`, () => {
          const template = build(family, protocol, { vlan });
          assert.equal(template.bytes.length, headerLength(family, protocol, vlan));
          for (const length of [template.bytes.length, 1513, 1514]) {
            const packet = complete(template, family, length).subarray(template.ipOffset);
            assertChecksums(packet, family, length);
          }
        });
      }
    }
  }
});

type Template = ReturnType<typeof buildHeader>;

/** Does what bpf/generator.bpf.c does with a template, for the very addresses it was made of. */
function complete(template: Template, family: 4 | 6, length: number): Buffer {
  const frame = Buffer.alloc(length);
  template.bytes.copy(frame);
  const lows = [SOURCES[family], DESTINATIONS[family]].map((address) => address.subarray(-4));
  const ip = frame.subarray(template.ipOffset);
  const transportLength = ip.length - (family === 4 ? 20 : 40);
  const [sourceAt, destinationAt] = family === 4 ? [12, 16] : [20, 36];
  lows[0]?.copy(ip, sourceAt);
  lows[1]?.copy(ip, destinationAt);
  const addresses = sum(Buffer.concat(lows));
  ip.writeUInt16BE(family === 4 ? ip.length : transportLength, family === 4 ? 2 : 4);
  if (family === 4) {
    ip.writeUInt16BE(0xffff - fold(template.ipSum + ip.length + addresses), 10);
  }
  const { lengthTerms } = template;
  const varying = lengthTerms === 0 ? 0 : addresses + lengthTerms * transportLength;
  frame.writeUInt16BE(0xffff - fold(template.transportSum + varying), template.checksumOffset);
  if (template.udpLengthOffset > 0) {
    frame.writeUInt16BE(transportLength, template.udpLengthOffset);
  }
  return frame;
}

/** As a receiver does: everything that a checksum covers, itself included, adds up to 0xffff. */
function assertChecksums(packet: Buffer, family: 4 | 6, length: number): void {
  const [headerBytes, addressesAt] = family === 4 ? [20, 12] : [40, 8];
  const addresses = packet.subarray(addressesAt, headerBytes);
  const protocol = packet[family === 4 ? 9 : 6] ?? 0;
  const transport = packet.subarray(headerBytes);
  const pseudo = protocol === 1 ? 0 : sum(addresses) + protocol + transport.length;
  assert.equal(fold(sum(transport) + pseudo), 0xffff, `transport checksum at ${length} bytes`);
  if (family === 4) {
    assert.equal(
      fold(sum(packet.subarray(0, headerBytes))),
      0xffff,
      `IP checksum at ${length} bytes`,
    );
  }
}

function sum(bytes: Buffer): number {
  return bytes.reduce((total, byte, index) => total + (index % 2 === 0 ? byte << 8 : byte), 0);
}

function fold(total: number): number {
  return total > 0xffff ? fold((total & 0xffff) + (total >>> 16)) : total;
}
