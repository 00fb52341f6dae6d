// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildHeader, headerLength, PROTOCOLS } from '../../../src/generator/frames.ts';

const SOURCES = {
  4: Buffer.from('c6336401', 'hex'),
  6: Buffer.from('20010db8ffff00011234567800000001', 'hex'),
} as const;

describe('buildHeader', () => {
  it('makes a UDP header over IPv4 that lacks only source, destination port, lengths and checksums', () => {
    const { bytes } = buildHeader(4, 'udp', SOURCES[4]);
    const ethernet = '027864700002' + '027864700001' + '0800';
    const ip = '45000000' + '00004000' + '40110000' + '00000000' + 'c6120001';
    assert.equal(bytes.toString('hex'), `${ethernet}${ip}9c40000000000000`);
  });

  it('makes a SYN over IPv6, with all but the last 32 bits of the source and the port', () => {
    const { bytes } = buildHeader(6, 'tcp', SOURCES[6]);
    const source = '20010db8ffff000112345678' + '00000000';
    const ip = `600000000000${'0640'}${source}${'20010002000000000000000000000001'}`;
    const tcp = '9c400000' + '00000000' + '00000000' + '5002ffff' + '00000000';
    assert.equal(bytes.toString('hex', 12), `86dd${ip}${tcp}`);
  });

  it('asks for an echo with the type of the family', () => {
    assert.equal(buildHeader(4, 'icmp', SOURCES[4]).bytes[34], 8);
    assert.equal(buildHeader(6, 'icmp', SOURCES[6]).bytes[54], 128);
  });

  it('uses unicast MAC addresses that no vendor has', () => {
    const { bytes } = buildHeader(4, 'udp', SOURCES[4]);
    for (const first of [bytes[0], bytes[6]]) {
      assert.equal((first ?? 0) & 3, 2);
    }
  });

  for (const family of [4, 6] as const) {
    for (const protocol of PROTOCOLS) {
      it(`knows the parts of the checksums of ${protocol} over IPv${family}`, () => {
        const template = buildHeader(family, protocol, SOURCES[family]);
        assert.equal(template.bytes.length, headerLength(family, protocol));
        for (const length of [template.bytes.length, 1513, 1514]) {
          assertChecksums(complete(template, family, length), family, length);
        }
      });
    }
  }
});

type Template = ReturnType<typeof buildHeader>;

/** Does what bpf/generator.bpf.c does with a template, for the very source it was made of. */
function complete(template: Template, family: 4 | 6, length: number): Buffer {
  const frame = Buffer.alloc(length);
  template.bytes.copy(frame);
  const source = SOURCES[family];
  const low = source.subarray(-4);
  const transportLength = length - (family === 4 ? 34 : 54);
  low.copy(frame, family === 4 ? 26 : 34);
  frame.writeUInt16BE(family === 4 ? length - 14 : transportLength, family === 4 ? 16 : 18);
  if (family === 4) {
    frame.writeUInt16BE(0xffff - fold(template.ipSum + length - 14 + sum(low)), 24);
  }
  const { lengthTerms } = template;
  const varying = lengthTerms === 0 ? 0 : sum(low) + lengthTerms * transportLength;
  frame.writeUInt16BE(0xffff - fold(template.transportSum + varying), template.checksumOffset);
  if (template.udpLengthOffset > 0) {
    frame.writeUInt16BE(transportLength, template.udpLengthOffset);
  }
  return frame;
}

/** As a receiver does: everything that a checksum covers, itself included, adds up to 0xffff. */
function assertChecksums(frame: Buffer, family: 4 | 6, length: number): void {
  const addresses = family === 4 ? frame.subarray(26, 34) : frame.subarray(22, 54);
  const protocol = frame[family === 4 ? 23 : 20] ?? 0;
  const transport = frame.subarray(family === 4 ? 34 : 54);
  const pseudo = protocol === 1 ? 0 : sum(addresses) + protocol + transport.length;
  assert.equal(fold(sum(transport) + pseudo), 0xffff, `transport checksum at ${length} bytes`);
  if (family === 4) {
    assert.equal(fold(sum(frame.subarray(14, 34))), 0xffff, `IP checksum at ${length} bytes`);
  }
}

function sum(bytes: Buffer): number {
  return bytes.reduce((total, byte, index) => total + (index % 2 === 0 ? byte << 8 : byte), 0);
}

function fold(total: number): number {
  return total > 0xffff ? fold((total & 0xffff) + (total >>> 16)) : total;
}
