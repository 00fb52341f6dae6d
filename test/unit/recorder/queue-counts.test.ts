// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { RECORD } from '../../../src/kernel/layout.ts';
import { MAX_QUEUES, QueueCounts } from '../../../src/recorder/queue-counts.ts';
import { RECORD_WORDS } from '../../../src/recorder/record.ts';

const SLOTS = 3;

interface Packet {
  readonly slot: number;
  readonly queue: number;
  readonly weight: number;
  readonly vlan: number;
}

/** Records of the packets, behind one that is not theirs. */
function encode(packets: readonly Packet[]): Uint32Array {
  const memory = Buffer.alloc((1 + packets.length) * RECORD.sizeBytes, 0xff);
  packets.forEach(({ slot, queue, weight, vlan }, index) => {
    const at = (1 + index) * RECORD.sizeBytes;
    memory.writeUInt16LE(slot, at + RECORD.offsets.slot);
    memory.writeUInt16LE(queue, at + RECORD.offsets.rx_queue);
    memory.writeUInt16LE(vlan, at + RECORD.offsets.vlan);
    memory.writeUInt32LE(weight, at + RECORD.offsets.weight);
  });
  return new Uint32Array(memory.buffer, memory.byteOffset, memory.length / 4);
}

function countsOf(packets: readonly Packet[]): QueueCounts {
  const counts = new QueueCounts(SLOTS);
  counts.take(encode(packets), RECORD_WORDS, packets.length, 0);
  return counts;
}

/** In runs, as queues have them. */
const packets: fc.Arbitrary<readonly Packet[]> = fc
  .array(
    fc.tuple(
      fc.record({
        slot: fc.nat(SLOTS - 1),
        queue: fc.oneof(
          fc.nat(3),
          fc.integer({ min: MAX_QUEUES - 1, max: MAX_QUEUES + 1 }),
          fc.nat(0xffff),
        ),
        weight: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 2 ** 32 - 1 })),
        vlan: fc.nat(0xffff),
      }),
      fc.integer({ min: 1, max: 4 }),
    ),
    { maxLength: 40 },
  )
  .map((runs) => runs.flatMap(([packet, length]) => Array<Packet>(length).fill(packet)));

describe('QueueCounts', () => {
  it('has the weight of every record in its queue, or beyond the last one in all others', () => {
    fc.assert(
      fc.property(packets, (given) => {
        const counts = countsOf(given);
        for (let slot = 0; slot < SLOTS; slot++) {
          const own = given.filter((packet) => packet.slot === slot);
          const sumOf = (isCounted: (queue: number) => boolean) =>
            own.reduce((sum, { queue, weight }) => sum + (isCounted(queue) ? weight : 0), 0);
          const known = own.map(({ queue }) => queue).filter((queue) => queue < MAX_QUEUES);
          const queues = Math.max(-1, ...known) + 1;
          assert.deepEqual(counts.snapshot(slot), {
            packets: Float64Array.from({ length: queues }, (_, each) => sumOf((it) => it === each)),
            other: sumOf((queue) => queue >= MAX_QUEUES),
          });
        }
      }),
    );
  });

  it('goes on where it was, and a snapshot stays as it is', () => {
    const packet = { slot: 1, queue: 2, weight: 5, vlan: 0 };
    const counts = countsOf([packet]);
    const snapshot = counts.snapshot(1);
    counts.take(encode([packet]), RECORD_WORDS, 1, 0);
    assert.deepEqual([...counts.snapshot(1).packets], [0, 0, 10]);
    assert.deepEqual([...snapshot.packets], [0, 0, 5]);
  });

  it('forgets a slot, and no other', () => {
    const counts = countsOf(
      [0, 1, 2].flatMap((slot) =>
        [0, MAX_QUEUES].map((queue) => ({ slot, queue, weight: 1 + slot, vlan: 0 })),
      ),
    );
    counts.clearSlot(1);
    assert.deepEqual(
      [0, 1, 2].map((slot) => {
        const snapshot = counts.snapshot(slot);
        return [...snapshot.packets, snapshot.other];
      }),
      [[1, 1], [0], [3, 3]],
    );
  });
});
