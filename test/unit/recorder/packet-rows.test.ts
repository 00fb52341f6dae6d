// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RECORD } from '../../../src/kernel/layout.ts';
import { PacketRowSink } from '../../../src/recorder/packet-rows.ts';
import { RECORD_WORDS } from '../../../src/recorder/record.ts';
import { PACKET_WORDS, packetCount, readPacket } from '../../../src/snapshot/packet.ts';

const ROWS = 1024;
const MAX_UNWRITTEN = 256 * ROWS;

/** Collects what is posted. */
function setUp() {
  const posts: Uint32Array<ArrayBuffer>[] = [];
  const sink = new PacketRowSink((words) => posts.push(words));
  const postedRows = () => posts.reduce((sum, words) => sum + words.length / PACKET_WORDS, 0);
  return { sink, posts, postedRows };
}

/** Records whose every word is unlike any other. */
function recordsOf(count: number, seed = 0): Uint32Array {
  return Uint32Array.from(
    { length: count * RECORD_WORDS },
    (_, index) => (index + seed) * 0x9e37_79b1,
  );
}

/** What a sink is to make of them. */
function rowsOf(words: Uint32Array, cpu: number): number[] {
  return Array.from({ length: words.length / RECORD_WORDS }, (_, record) => [
    ...words.subarray(record * RECORD_WORDS, (record + 1) * RECORD_WORDS),
    cpu,
  ]).flat();
}

/** Gives so many records of no content. */
function give(sink: PacketRowSink, count: number, cpu = 0): void {
  const words = new Uint32Array(1024 * RECORD_WORDS);
  for (let given = 0; given < count; given += 1024) {
    sink.take(words, 0, Math.min(1024, count - given), cpu);
  }
}

describe('PacketRowSink', () => {
  it('copies every word of a record, and the CPU', () => {
    const { sink, posts } = setUp();
    const records = recordsOf(3);
    sink.take(records, 0, 3, 5);
    sink.flush();
    assert.deepEqual([...(posts[0] ?? [])], rowsOf(records, 5));
  });

  it('makes rows that can be read as packets', () => {
    const { sink, posts } = setUp();
    const record = Buffer.alloc(RECORD.sizeBytes);
    record.writeUInt16BE(40_000, RECORD.offsets.source_port);
    record.writeUInt16BE(53, RECORD.offsets.destination_port);
    record.writeUInt16LE(3, RECORD.offsets.slot);
    record.writeBigUInt64LE(2n ** 32n + 7n, RECORD.offsets.time);
    sink.take(new Uint32Array(record.buffer, record.byteOffset, RECORD_WORDS), 0, 1, 6);
    sink.flush();
    const rows = { words: posts[0] ?? new Uint32Array(), devices: { 3: 'eth0' } };
    assert.equal(packetCount(rows), 1);
    const { device, cpu, monotonicNs, sourcePort, destinationPort } = readPacket(rows, 0);
    assert.deepEqual(
      { device, cpu, monotonicNs, sourcePort, destinationPort },
      { device: 'eth0', cpu: 6, monotonicNs: 2 ** 32 + 7, sourcePort: 40_000, destinationPort: 53 },
    );
  });

  it('copies records from wherever they lie, in as many pieces as they come', () => {
    const piece = fc.record({ first: fc.nat(20), count: fc.integer({ min: 1, max: 30 }) });
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 10 }), fc.nat(0xffff), (pieces, cpu) => {
        const { sink, posts } = setUp();
        const ring = recordsOf(50);
        for (const { first, count } of pieces) {
          sink.take(ring, first * RECORD_WORDS, count, cpu);
        }
        sink.flush();
        const expected = pieces.flatMap(({ first, count }) =>
          rowsOf(ring.subarray(first * RECORD_WORDS, (first + count) * RECORD_WORDS), cpu),
        );
        assert.deepEqual([...(posts[0] ?? [])], expected);
      }),
    );
  });

  it('keeps the order in which CPUs gave their records', () => {
    const { sink, posts } = setUp();
    const batches = [recordsOf(2, 1), recordsOf(1, 2), recordsOf(3, 3)];
    const cpus = [4, 0, 4];
    for (const [index, words] of batches.entries()) {
      sink.take(words, 0, words.length / RECORD_WORDS, cpus[index] ?? 0);
    }
    sink.flush();
    assert.deepEqual(
      [...(posts[0] ?? [])],
      batches.flatMap((words, index) => rowsOf(words, cpus[index] ?? 0)),
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
    const [first, second] = [recordsOf(4, 1), recordsOf(4, 2)];
    sink.take(first, 0, 4, 0);
    sink.flush();
    const [posted = new Uint32Array()] = posts;
    assert.equal(posted.byteLength, posted.buffer.byteLength, 'a view of something larger');
    const received = structuredClone(posted, { transfer: [posted.buffer] });
    sink.take(second, 0, 4, 0);
    sink.flush();
    assert.deepEqual([...received], rowsOf(first, 0));
    assert.deepEqual([...(posts[1] ?? [])], rowsOf(second, 0));
  });
});

describe('PacketRowSink with a filter', () => {
  it('sends the rows that pass, in their order, and counts the others', () => {
    const posts: Uint32Array<ArrayBuffer>[] = [];
    const sink = new PacketRowSink(
      (words) => posts.push(words),
      (words, first) => (words[first] as number) % 3 === 0 && words[first + RECORD_WORDS] === 5,
    );
    const records = recordsOf(300);
    for (const cpu of [4, 5]) {
      sink.take(records, 0, 300, cpu);
    }
    sink.flush();
    const passed = Array.from({ length: 300 }, (_, index) =>
      records.subarray(index * RECORD_WORDS, (index + 1) * RECORD_WORDS),
    ).filter(([first = 0]) => first % 3 === 0);
    assert.deepEqual(
      [...(posts[0] ?? [])],
      passed.flatMap((record) => [...record, 5]),
    );
    assert.equal(sink.filteredOut, 600 - passed.length);
  });

  it('gives no room to what it holds back', () => {
    const rows: number[] = [];
    const sink = new PacketRowSink(
      ({ length }) => rows.push(length / PACKET_WORDS),
      (words, first) => words[first + RECORD_WORDS] === 0,
    );
    give(sink, MAX_UNWRITTEN + 10, 1);
    give(sink, 5, 0);
    sink.flush();
    assert.deepEqual(rows, [5]);
    assert.equal(sink.filteredOut, MAX_UNWRITTEN + 10);
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
    const records = recordsOf(3);
    sink.take(records, 0, 3, 1);
    sink.flush();
    assert.equal(postedRows(), MAX_UNWRITTEN + 2);
    assert.deepEqual([...(posts.at(-1) ?? [])], rowsOf(records, 1).slice(0, 2 * PACKET_WORDS));
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
