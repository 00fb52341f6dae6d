// SPDX-License-Identifier: Apache-2.0
// The packet parser as the verifier left it: a table of hand-made frames, one record each, in every way to load it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { pinThread } from '../../src/kernel/cpu-affinity.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { expectedCounters } from './packet-table/expected-counters.ts';
import { MIN_FRAME_BYTES } from './packet-table/frame-runner.ts';
import type { PacketCase, ParsedPacket } from './packet-table/packet-case.ts';
import { ETHERTYPES, ethernet, ipv4, tcp } from './packet-table/packets.ts';
import { ParserUnderTest, SLOT } from './packet-table/parser-under-test.ts';
import { parseFrame } from './packet-table/reference-parser.ts';
import { JUMBO_TABLE, PACKET_TABLE } from './packet-table/table.ts';
import { CAN_SHORTEN, nameOf, VARIANTS } from './packet-table/variants.ts';
import { skipUnlessRoot } from './support/root.ts';

const XDP_PASS = 2;
/** The least that a driver leaves linear: an Ethernet header. */
const SHORTEST_LINEAR_BYTES = 14;
/** What the other buffers of a frame hold: MAX_SKB_FRAGS pages. */
const MAX_FRAGMENT_BYTES = 17 * 4096;

const skipUnlessShortened =
  skipUnlessRoot ||
  (CAN_SHORTEN ? false : 'needs Linux 6.18 to shorten the linear part of a frame');

describe('the packet parser', { skip: skipUnlessRoot }, () => {
  const [cpu = 0] = readCpuMask('online');
  const loaded: ParserUnderTest[] = [];

  before(() => {
    pinThread(cpu);
    for (const variant of VARIANTS) {
      loaded.push(new ParserUnderTest(variant, cpu));
    }
  });
  after(() => {
    for (const parser of loaded) {
      parser.close();
    }
  });

  for (const packet of PACKET_TABLE) {
    test(packet.name, { skip: canRun(packet) ? false : skipUnlessShortened }, () => {
      for (const parser of loaded.filter((candidate) => takes(candidate, packet))) {
        assertLogged(parser, packet.frame, packet.expected);
        if (!isSingleBuffer(parser) && CAN_SHORTEN) {
          assertLogged(parser, packet.frame, packet.expected, SHORTEST_LINEAR_BYTES);
        }
      }
    });
  }

  for (const packet of JUMBO_TABLE) {
    test(`${packet.name}, of several buffers`, () => {
      const shortest = Math.max(SHORTEST_LINEAR_BYTES, packet.frame.length - MAX_FRAGMENT_BYTES);
      for (const parser of loaded.filter((candidate) => takesJumbo(candidate, packet))) {
        assertLogged(parser, packet.frame, packet.expected);
        if (CAN_SHORTEN) {
          assertLogged(parser, packet.frame, packet.expected, shortest);
        }
      }
    });
  }

  test('a frame gives the same record wherever its linear part ends', {
    skip: skipUnlessShortened,
  }, () => {
    const mapped = loaded.filter(({ variant }) => variant.transport === 'mapped');
    for (const packet of PACKET_TABLE.filter(isShort)) {
      for (const parser of mapped.filter((candidate) => takesJumbo(candidate, packet))) {
        for (let linear = 0; linear < packet.frame.length; linear++) {
          assertLogged(parser, packet.frame, packet.expected, linear);
        }
      }
    }
  });

  test('a program for single buffers has nothing but the linear part, and says so', {
    skip: skipUnlessShortened,
  }, () => {
    const frame = ethernet(ETHERTYPES.ipv4, ipv4(6, tcp(1, 2)));
    for (const parser of loaded.filter(isSingleBuffer)) {
      for (let linear = 0; linear < frame.length; linear++) {
        const expected = parseFrame(frame.subarray(0, linear), parser.variant.link);
        assertLogged(parser, frame, expected, linear);
      }
    }
  });

  for (const variant of VARIANTS) {
    test(`the whole table is counted by size, family, protocol and reason, exactly: ${nameOf(variant)}`, (t) => {
      const parser = new ParserUnderTest(variant, cpu);
      t.after(() => parser.close());
      const cases = casesOf(parser);
      for (const { frame } of cases) {
        parser.run(frame);
        parser.takeRecords();
      }
      assert.deepEqual(parser.counters(), expectedCounters(cases.map(({ expected }) => expected)));
    });

    test(`it is none the less where most frames are not recorded: ${nameOf(variant)}`, (t) => {
      const parser = new ParserUnderTest(variant, cpu);
      t.after(() => parser.close());
      parser.sample(100);
      const cases = casesOf(parser);
      let recorded = 0;
      for (const { frame } of cases) {
        parser.run(frame);
        recorded += parser.takeRecords().length;
      }
      assert.ok(recorded > 0 && recorded < cases.length / 4, `${recorded} of ${cases.length}`);
      assert.deepEqual(parser.counters(), {
        ...expectedCounters(cases.map(({ expected }) => expected)),
        sampled_out: [cases.length - recorded],
      });
    });
  }
});

function assertLogged(
  parser: ParserUnderTest,
  frame: Buffer,
  expected: ParsedPacket,
  linearBytes = frame.length,
): void {
  const verdict = parser.run(frame, linearBytes);
  const message = `${nameOf(parser.variant)}; ${linearBytes} of ${frame.length} bytes linear`;
  const added = { action: XDP_PASS, weight: 1, slot: SLOT, rxQueue: 0 };
  assert.deepEqual(
    { verdict, records: parser.takeRecords() },
    { verdict: XDP_PASS, records: [{ ...expected, ...added }] },
    message,
  );
}

function isSingleBuffer({ variant }: ParserUnderTest): boolean {
  return variant.source === 'linear';
}

/** The kernel runs a program on a shorter frame only by way of a shorter linear part. */
function canRun({ frame }: PacketCase): boolean {
  return frame.length >= MIN_FRAME_BYTES || CAN_SHORTEN;
}

function takes(parser: ParserUnderTest, { link, frame }: PacketCase): boolean {
  return (
    parser.variant.link === link && (frame.length >= MIN_FRAME_BYTES || isSingleBuffer(parser))
  );
}

function takesJumbo(parser: ParserUnderTest, packet: PacketCase): boolean {
  return takes(parser, packet) && !isSingleBuffer(parser);
}

/** All that it can be given. */
function casesOf(parser: ParserUnderTest): readonly PacketCase[] {
  return [
    ...PACKET_TABLE.filter((packet) => canRun(packet) && takes(parser, packet)),
    ...JUMBO_TABLE.filter((packet) => takesJumbo(parser, packet)),
  ];
}

function isShort({ frame }: PacketCase): boolean {
  return frame.length <= 128;
}

describe('the reference parser', () => {
  test('agrees with every case of the table', () => {
    for (const { name, link, frame, expected } of [...PACKET_TABLE, ...JUMBO_TABLE]) {
      assert.deepEqual(parseFrame(frame, link), expected, name);
    }
  });

  test('has cases of different names', () => {
    const names = [...PACKET_TABLE, ...JUMBO_TABLE].map(({ name }) => name);
    assert.deepEqual(
      names.filter((name, index) => names.indexOf(name) !== index),
      [],
    );
  });
});
