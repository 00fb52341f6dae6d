// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { PacketRowSink } from '../../../src/collector/packet-rows.ts';
import { PACKET_WORDS, packetCount, readPacket } from '../../../src/snapshot/packet.ts';

const ROWS = 1024;
const MAX_UNWRITTEN = 256 * ROWS;
const RECORD_WORDS = 8;

/** Collects what is posted. */
function setUp() {
  const posts: Uint32Array<ArrayBuffer>[] = [];
  const sink = new PacketRowSink((words) => posts.push(words));
  const postedRows = () => posts.reduce((sum, words) => sum + words.length / PACKET_WORDS, 0);
  return { sink, posts, postedRows };
}

/** Records whose every word is unlike any other, with their times behind them. */
function batchOf(count: number, seed = 0) {
  const words = Uint32Array.from(
    { length: count * (RECORD_WORDS + 2) },
    (_, index) => (index + seed) * 0x9e37_79b1,
  );
  return { words, count, firstTimeWord: count * RECORD_WORDS };
}

/** What a sink is to make of them. */
function rowsOf({ words, count, firstTimeWord }: ReturnType<typeof batchOf>, cpu: number) {
  return Array.from({ length: count }, (_, record) => [
    ...words.subarray(record * RECORD_WORDS, (record + 1) * RECORD_WORDS),
    ...words.subarray(firstTimeWord + 2 * record, firstTimeWord + 2 * record + 2),
    cpu,
  ]).flat();
}

/** Gives so many records of no content. */
function give(sink: PacketRowSink, count: number, cpu = 0): void {
  const words = new Uint32Array(1024);
  const { take } = sink.sinkOf(cpu);
  for (let given = 0; given < count; given += 64) {
    take(words, -1, 0, Math.min(64, count - given), 512);
  }
}

describe('PacketRowSink', () => {
  it('copies every word of a record, its time, and the CPU', () => {
    const { sink, posts } = setUp();
    const batch = batchOf(3);
    sink.sinkOf(5).take(batch.words, -1, 0, batch.count, batch.firstTimeWord);
    sink.flush();
    assert.deepEqual([...(posts[0] ?? [])], rowsOf(batch, 5));
  });

  it('makes rows that can be read as packets', () => {
    const { sink, posts } = setUp();
    const words = new Uint32Array(10);
    words.set([0, 0, 0xffff_0000, 0x0702_00c0, 0x3500_409c, 74, 1, (17 << 16) | 3, 7, 1]);
    sink.sinkOf(6).take(words, -1, 0, 1, 8);
    sink.flush();
    const rows = { words: posts[0] ?? new Uint32Array(), devices: { 3: 'eth0' } };
    assert.equal(packetCount(rows), 1);
    const { device, cpu, monotonicNs, sourcePort, destinationPort, lengthBytes, protocol } =
      readPacket(rows, 0);
    assert.deepEqual(
      { device, cpu, monotonicNs, sourcePort, destinationPort, lengthBytes, protocol },
      {
        device: 'eth0',
        cpu: 6,
        monotonicNs: 2 ** 32 + 7,
        sourcePort: 40_000,
        destinationPort: 53,
        lengthBytes: 74,
        protocol: 17,
      },
    );
  });

  it('copies records and times that wrap the end of a ring as it copies any other', () => {
    const batches = fc.record({ count: fc.integer({ min: 1, max: 25 }), seed: fc.nat(1000) });
    fc.assert(
      fc.property(batches, fc.nat(255), fc.nat(255), ({ count, seed }, first, cpu) => {
        const batch = batchOf(count, seed);
        const ring = new Uint32Array(256);
        for (const [index, word] of batch.words.entries()) {
          ring[(first + index) & 255] = word;
        }
        const { sink, posts } = setUp();
        sink.sinkOf(cpu).take(ring, 255, first, count, first + batch.firstTimeWord);
        sink.flush();
        assert.deepEqual([...(posts[0] ?? [])], rowsOf(batch, cpu));
      }),
    );
  });

  it('keeps the order in which CPUs gave their records', () => {
    const { sink, posts } = setUp();
    const batches = [batchOf(2, 1), batchOf(1, 2), batchOf(3, 3)];
    const cpus = [4, 0, 4];
    for (const [index, { words, count, firstTimeWord }] of batches.entries()) {
      sink.sinkOf(cpus[index] ?? 0).take(words, -1, 0, count, firstTimeWord);
    }
    sink.flush();
    assert.deepEqual(
      [...(posts[0] ?? [])],
      batches.flatMap((batch, index) => rowsOf(batch, cpus[index] ?? 0)),
    );
  });

  it('posts nothing before it is full or flushed, and nothing where there is nothing', () => {
    const { sink, posts } = setUp();
    sink.flush();
    give(sink, ROWS - 1);
    assert.equal(posts.length, 0);
    sink.flush();
    sink.flush();
    assert.deepEqual(
      posts.map(({ length }) => length),
      [(ROWS - 1) * PACKET_WORDS],
    );
  });

  it('posts 1024 rows as soon as it has them, and the rest when it is flushed', () => {
    const { sink, posts } = setUp();
    give(sink, 2 * ROWS + 3);
    assert.deepEqual(
      posts.map(({ length }) => length / PACKET_WORDS),
      [ROWS, ROWS],
    );
    sink.flush();
    assert.equal((posts[2]?.length ?? 0) / PACKET_WORDS, 3);
  });

  it('never writes to rows that it has posted, so that they may be transferred', () => {
    const { sink, posts } = setUp();
    const [first, second] = [batchOf(4, 1), batchOf(4, 2)];
    sink.sinkOf(0).take(first.words, -1, 0, 4, first.firstTimeWord);
    sink.flush();
    const [posted = new Uint32Array()] = posts;
    assert.equal(posted.byteLength, posted.buffer.byteLength, 'a view of something larger');
    const received = structuredClone(posted, { transfer: [posted.buffer] });
    sink.sinkOf(0).take(second.words, -1, 0, 4, second.firstTimeWord);
    sink.flush();
    assert.deepEqual([...received], rowsOf(first, 0));
    assert.deepEqual([...(posts[1] ?? [])], rowsOf(second, 0));
  });
});

describe('PacketRowSink whose rows are not written', () => {
  it('copies no more than 256 Ki rows', () => {
    const { sink, postedRows } = setUp();
    give(sink, MAX_UNWRITTEN + 5000);
    sink.flush();
    assert.equal(postedRows(), MAX_UNWRITTEN);
  });

  it('counts rows that are not yet posted among them', () => {
    const { sink, postedRows } = setUp();
    give(sink, 1000);
    sink.flush();
    give(sink, MAX_UNWRITTEN - 1000 - 10);
    give(sink, 11);
    sink.flush();
    assert.equal(postedRows(), MAX_UNWRITTEN);
  });

  it('takes as many more as were written, first those that came first', () => {
    const { sink, posts, postedRows } = setUp();
    give(sink, MAX_UNWRITTEN);
    sink.written(2);
    const batch = batchOf(3);
    sink.sinkOf(1).take(batch.words, -1, 0, batch.count, batch.firstTimeWord);
    sink.flush();
    assert.equal(postedRows(), MAX_UNWRITTEN + 2);
    assert.deepEqual([...(posts.at(-1) ?? [])], rowsOf(batch, 1).slice(0, 2 * PACKET_WORDS));
  });

  it('goes on for ever where rows are written as they come', () => {
    const { sink, posts, postedRows } = setUp();
    let written = 0;
    while (postedRows() < 2 * MAX_UNWRITTEN) {
      give(sink, 10_000);
      sink.flush();
      for (const words of posts.slice(written)) {
        sink.written(words.length / PACKET_WORDS);
      }
      written = posts.length;
    }
    assert.equal(postedRows() % 10_000, 0);
  });
});
