// SPDX-License-Identifier: Apache-2.0
// The generator's frames as a packet socket at the other end sees them: lengths, checksums, sources, shares.
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { GeneratorOptions } from '../../src/generator/options.ts';
import type { AddressKind, MixEntry } from '../../src/generator/stream.ts';
import { Capture, Peer } from './support/peer.ts';
import { skipUnlessRoot } from './support/root.ts';

/** Ethernet and IPv6. */
const IPV6_HEADERS = 54;
const UDP: MixEntry = { family: 4, protocol: 'udp' };

describe('the frames of the generator', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let peer: Peer;
  let capture: Capture;

  before(async () => {
    lab = await createLab({ name: 'frames' });
    peer = new Peer(lab.rx);
    capture = new Capture(lab.rx.netns);
  });
  after(async () => {
    capture?.close();
    peer?.close();
    await lab?.close();
  });
  beforeEach(() => capture.frames());

  async function captured(
    frames: number,
    mix: readonly MixEntry[],
    options: Partial<GeneratorOptions> = {},
  ): Promise<Buffer[]> {
    await startGenerator({ ...lab.tx, frames, mix, ...options }).done;
    const seen = capture.frames();
    assert.equal(seen.length, frames);
    return seen;
  }

  it('have every length of a range in turn, with sound headers', async () => {
    const frames = await captured(1455, [{ ...UDP, length: { from: 60, to: 1514 } }]);
    assert.deepEqual(
      frames.map(({ length }) => length),
      Array.from({ length: 1455 }, (_, index) => 60 + index),
    );
    frames.forEach(assertSound);
  });

  for (const family of [4, 6] as const) {
    for (const protocol of ['udp', 'tcp', 'icmp'] as const) {
      it(`have right checksums for ${protocol} over IPv${family} from each source`, async () => {
        const prefix = family === 4 ? '203.0.113.250/24' : '2001:db8::ffff:fffa/64';
        const sources = { kind: 'cycle', count: 6, prefix } as const;
        const length = { from: 74, to: 173 };
        const frames = await captured(600, [{ family, protocol, length, sources }]);
        frames.forEach(assertSound);
        const first = family === 4 ? 'cb0071fa' : '20010db80000000000000000fffffffa';
        const counts = countSources(frames);
        assert.ok(counts.has(first));
        assert.deepEqual([...counts.values()], [100, 100, 100, 100, 100, 100]);
      });
    }
  }

  for (const protocol of ['udp', 'tcp'] as const) {
    it(`go to every port of a range in turn by ${protocol}, with right checksums`, async () => {
      const port = { from: 65_533, to: 65_535 };
      const frames = await captured(300, [{ family: 6, protocol, port, length: 90 }]);
      frames.forEach(assertSound);
      const ports = countBy(frames, (frame) => String(frame.readUInt16BE(IPV6_HEADERS + 2)));
      assert.deepEqual(Object.fromEntries(ports), { 65533: 100, 65534: 100, 65535: 100 });
    });
  }

  it('are for nobody, so that the stack drops them and never answers', async () => {
    const [frame] = await captured(1, [{ ...UDP, protocol: 'icmp' }]);
    assert.equal(frame?.toString('hex', 0, 6), '027864700002');
  });

  it('are shared between streams as their weights say', async () => {
    const frames = await captured(1000, [
      { ...UDP, weight: 50 },
      { family: 6, protocol: 'tcp', weight: 30, length: 1514 },
      { family: 4, protocol: 'icmp', weight: 20, length: 98 },
    ]);
    const lengths = countBy(frames, ({ length }) => String(length));
    assert.deepEqual(Object.fromEntries(lengths), { 60: 500, 98: 200, 1514: 300 });
  });

  const draw = async (kind: AddressKind, count: number, seed = 1) => {
    const mix = [{ ...UDP, sources: { kind, count, prefix: '10.0.0.0/8' } }];
    return countSources(await captured(8000, mix, { seed }));
  };

  it('come from each source as often when the draw is uniform', async () => {
    const counts = await draw('uniform', 10);
    assert.equal(counts.size, 10);
    for (const [source, count] of counts) {
      assert.ok(Math.abs(count - 800) < 150, `${count} from ${source}`);
    }
  });

  it('come from all of a large range, the same for the same seed', async () => {
    const counts = await draw('uniform', 2 ** 24);
    assert.ok(counts.size > 7900);
    assert.deepEqual(await draw('uniform', 2 ** 24), counts);
    assert.notDeepEqual(await draw('uniform', 2 ** 24, 2), counts);
  });

  for (const family of [4, 6] as const) {
    for (const protocol of ['udp', 'tcp', 'icmp'] as const) {
      it(`go to each destination by ${protocol} over IPv${family}, with right checksums, tagged or not`, async () => {
        const prefix = family === 4 ? '198.51.100.254/16' : '2001:db8:5::fffe/64';
        const destinations = { kind: 'cycle', count: 4, prefix } as const;
        const sources = {
          kind: 'uniform',
          count: 9,
          prefix: family === 4 ? '10.0.0.0/8' : '2001:db8::/64',
        } as const;
        const entry = { family, protocol, destinations, sources };
        const frames = await captured(800, [entry, { ...entry, vlan: 4094 }]);
        frames.forEach(assertSound);
        const counts = countBy(frames, (frame) =>
          family === 4 ? frame.toString('hex', 30, 34) : frame.toString('hex', 50, 54),
        );
        const first = family === 4 ? 'c63364fe' : '0000fffe';
        assert.equal(counts.get(first), 200);
        assert.deepEqual([...counts.values()], [200, 200, 200, 200]);
      });
    }
  }

  it('draw destinations that say nothing of their sources', async () => {
    const sources = { kind: 'uniform', count: 2, prefix: '10.0.0.0/8' } as const;
    const destinations = { kind: 'uniform', count: 2, prefix: '198.18.0.0/15' } as const;
    const frames = await captured(8000, [{ ...UDP, sources, destinations }], { seed: 1 });
    const pairs = countBy(frames, (frame) => frame.toString('hex', 26, 34));
    assert.equal(pairs.size, 4);
    for (const [pair, count] of pairs) {
      assert.ok(Math.abs(count - 2000) < 250, `${count} of ${pair}`);
    }
  });

  it('have the flags of TCP that were asked for, SYN by default', async () => {
    const tcp = { family: 4, protocol: 'tcp' } as const;
    const frames = await captured(40, [
      tcp,
      { ...tcp, flags: ['syn', 'ack'] },
      { ...tcp, flags: ['fin', 'rst', 'psh', 'urg'] },
      { ...tcp, flags: [] },
    ]);
    frames.forEach(assertSound);
    const flags = countBy(frames, (frame) => String(frame[47]));
    assert.deepEqual(Object.fromEntries(flags), { 0: 10, 2: 10, 18: 10, 45: 10 });
  });

  it('carry a tag where one was asked for, which the stack takes off', async () => {
    const frames = await captured(20, [{ ...UDP, vlan: 100 }, UDP]);
    assert.deepEqual(frames.map(({ length }) => length).sort(), [
      ...new Array(10).fill(56),
      ...new Array(10).fill(60),
    ]);
  });

  it('come from few sources far more often when the draw is skewed', async () => {
    // Groups of 1, 2, 4 and so on to 128, of which 123 are left: each has an eighth.
    const counts = await draw('skewed', 250);
    const expected = { '0a000000': 1000, '0a000001': 500, '0a000003': 250 };
    for (const [source, share] of Object.entries(expected)) {
      const count = counts.get(source) ?? 0;
      assert.ok(Math.abs(count - share) < 130, `${count} from ${source}`);
    }
    assert.ok(counts.size > 240 && counts.size <= 250);
  });
});

function countSources(frames: readonly Buffer[]): Map<string, number> {
  return countBy(frames, (frame) =>
    isIpv4(frame) ? frame.toString('hex', 26, 30) : frame.toString('hex', 22, 38),
  );
}

function countBy(frames: readonly Buffer[], key: (frame: Buffer) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const frame of frames) {
    counts.set(key(frame), (counts.get(key(frame)) ?? 0) + 1);
  }
  return counts;
}

function isIpv4(frame: Buffer): boolean {
  return frame.readUInt16BE(12) === 0x0800;
}

/** The lengths fit the frame, and what each checksum covers adds up to 0xffff, itself included. */
function assertSound(frame: Buffer): void {
  const start = isIpv4(frame) ? 34 : 54;
  const transport = frame.subarray(start);
  const length = isIpv4(frame) ? frame.readUInt16BE(16) - 20 : frame.readUInt16BE(18);
  assert.equal(length, transport.length);
  if (isIpv4(frame)) {
    assert.equal(fold(sumWords(frame.subarray(14, 34))), 0xffff, 'IP checksum');
  }
  const protocol = frame[isIpv4(frame) ? 23 : 20] ?? 0;
  const addresses = frame.subarray(isIpv4(frame) ? 26 : 22, start);
  const pseudo = protocol === 1 ? 0 : sumWords(addresses) + protocol + length;
  assert.equal(fold(pseudo + sumWords(transport)), 0xffff, `transport checksum, ${length} bytes`);
  if (protocol === 17) {
    assert.equal(transport.readUInt16BE(4), length, 'length of UDP');
    assert.notEqual(transport.readUInt16BE(6), 0, 'checksum of UDP');
  }
}

function sumWords(bytes: Buffer): number {
  return bytes.reduce((sum, byte, index) => sum + (index % 2 === 0 ? byte << 8 : byte), 0);
}

function fold(sum: number): number {
  return sum > 0xffff ? fold((sum & 0xffff) + (sum >>> 16)) : sum;
}
