// SPDX-License-Identifier: Apache-2.0
// The packet parser as the verifier left it: a table of hand-made frames, then mutants of them, one record each.
import assert from 'node:assert/strict';
import { release } from 'node:os';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { BATCH_RECORDS, type LengthSource } from '../../src/kernel/abi.ts';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { MALFORMED_REASONS } from '../../src/snapshot/logger.ts';
import { JUMBO_CASES } from './packet-table/jumbo-cases.ts';
import { expectedCounters } from './packet-table/logger-counters.ts';
import { MIN_FRAME_BYTES, mutatedFrame } from './packet-table/mutations.ts';
import type { PacketCase, ParsedPacket } from './packet-table/packet-case.ts';
import { ETHERTYPES, ethernet, ipv4, tcp } from './packet-table/packets.ts';
import { type Observation, ParserUnderTest, SLOT } from './packet-table/parser-under-test.ts';
import { parseFrame } from './packet-table/reference-parser.ts';
import { PACKET_TABLE } from './packet-table/table.ts';
import { skipUnlessRoot } from './support/root.ts';

const XDP_PASS = 2;
const MUTANTS = 10_000;
/** The least that a driver leaves linear: an Ethernet header. */
const SHORTEST_LINEAR_BYTES = 14;
/** What the other buffers of a frame hold: MAX_SKB_FRAGS pages. */
const MAX_FRAGMENT_BYTES = 17 * 4096;

/** Ways to load the program for frames of several buffers, each with its oldest kernel. */
const MULTI_BUFFER = [
  { source: 'cast', since: [6, 2] },
  { source: 'helper', since: [5, 18] },
] as const;

function kernelHas([major, minor]: readonly [number, number]): boolean {
  const [ours = 0, oursMinor = 0] = release().split('.').map(Number);
  return ours > major || (ours === major && oursMinor >= minor);
}

const canShorten = kernelHas([6, 18]);
const skipUnlessShortened =
  skipUnlessRoot || (canShorten ? false : 'needs Linux 6.18 to shorten the linear part of a frame');

function assertLogged(observation: Observation, expected: ParsedPacket, message: string): void {
  const record = { ...expected, action: XDP_PASS, weight: 1, slot: SLOT };
  assert.deepEqual(observation, { verdict: XDP_PASS, records: [record] }, message);
}

describe('the packet parser', { skip: skipUnlessRoot }, () => {
  const [cpu = 0] = readCpuMask('online');
  const loaded: ParserUnderTest[] = [];

  function load(source: LengthSource): ParserUnderTest {
    const parser = new ParserUnderTest(source, cpu);
    loaded.push(parser);
    return parser;
  }

  let singleBuffer: ParserUnderTest;
  let multiBuffer: readonly { readonly source: LengthSource; readonly parser: ParserUnderTest }[];

  before(() => {
    pinThread(cpu);
    singleBuffer = load('linear');
    multiBuffer = MULTI_BUFFER.filter(({ since }) => kernelHas(since)).map(({ source }) => ({
      source,
      parser: load(source),
    }));
  });
  after(() => {
    for (const parser of loaded) {
      parser.close();
    }
  });

  function checkMultiBuffer({ frame, expected }: PacketCase): void {
    const shortest = Math.max(SHORTEST_LINEAR_BYTES, frame.length - MAX_FRAGMENT_BYTES);
    for (const { source, parser } of multiBuffer) {
      assertLogged(parser.run(frame), expected, source);
      if (canShorten) {
        assertLogged(parser.run(frame, shortest), expected, `${source}, ${shortest} bytes linear`);
      }
    }
  }

  for (const packet of PACKET_TABLE) {
    test(packet.name, () => {
      assertLogged(singleBuffer.run(packet.frame), packet.expected, 'single buffer');
      checkMultiBuffer(packet);
    });
  }

  for (const packet of JUMBO_CASES) {
    test(`${packet.name}, of several buffers`, () => checkMultiBuffer(packet));
  }

  test('a frame gives the same record wherever its linear part ends', {
    skip: skipUnlessShortened,
  }, () => {
    const parser = load('cast');
    for (const { name, frame, expected } of PACKET_TABLE.filter(isShort)) {
      for (let linear = SHORTEST_LINEAR_BYTES; linear < frame.length; linear++) {
        assertLogged(parser.run(frame, linear), expected, `${name}; ${linear} bytes linear`);
      }
    }
  });

  test('a program for single buffers has nothing but the linear part, and says so', {
    skip: skipUnlessShortened,
  }, () => {
    const frame = ethernet(ETHERTYPES.ipv4, ipv4(6, tcp(1, 2)));
    for (let linear = 0; linear < frame.length; linear++) {
      assertLogged(singleBuffer.run(frame, linear), parseFrame(frame.subarray(0, linear)), '');
    }
  });

  test('a frame shorter than an Ethernet header is refused by the kernel', () => {
    for (const length of [1, MIN_FRAME_BYTES - 1]) {
      assert.throws(() => singleBuffer.run(Buffer.alloc(length)), { code: 'EINVAL' });
    }
  });

  test('the whole table is counted by family, protocol and reason, in packets and bytes, exactly', () => {
    for (const source of ['linear', ...multiBuffer.map((variant) => variant.source)] as const) {
      const parser = load(source);
      const cases = source === 'linear' ? PACKET_TABLE : [...PACKET_TABLE, ...JUMBO_CASES];
      for (const { frame } of cases) {
        parser.run(frame);
      }
      const lost = Math.floor(cases.length / BATCH_RECORDS) * BATCH_RECORDS;
      const packets = cases.map(({ expected }) => expected);
      assert.deepEqual(parser.counters(), expectedCounters(packets, lost), source);
    }
  });

  test('10,000 mutants all pass, each with one record, the one that the reference parser gives', () => {
    const single = load('linear');
    const multi = load(multiBuffer[0]?.source ?? 'linear');
    const packets: ParsedPacket[] = [];
    const property = fc.property(
      mutatedFrame,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (frame, part) => {
        const expected = parseFrame(frame);
        const linear = MIN_FRAME_BYTES + Math.floor(part * (frame.length - MIN_FRAME_BYTES));
        assertLogged(single.run(frame), expected, 'single buffer');
        assertLogged(
          multi.run(frame, canShorten ? linear : frame.length),
          expected,
          `${linear} bytes linear`,
        );
        packets.push(expected);
      },
    );
    fc.assert(property, { numRuns: MUTANTS });
    assert.equal(packets.length, MUTANTS);
    const lost = Math.floor(MUTANTS / BATCH_RECORDS) * BATCH_RECORDS;
    assert.deepEqual(single.counters(), expectedCounters(packets, lost));
    assert.deepEqual(multi.counters(), expectedCounters(packets, lost));
    assert.deepEqual(
      new Set(packets.map(({ malformed }) => malformed)),
      new Set(MALFORMED_REASONS),
    );
  });
});

function isShort({ frame }: PacketCase): boolean {
  return frame.length <= 128;
}

describe('the reference parser', () => {
  test('agrees with every case of the table', () => {
    for (const { name, frame, expected } of [...PACKET_TABLE, ...JUMBO_CASES]) {
      assert.deepEqual(parseFrame(frame), expected, name);
    }
  });

  test('has cases of different names', () => {
    const names = [...PACKET_TABLE, ...JUMBO_CASES].map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
  });
});
