// SPDX-License-Identifier: Apache-2.0
// One CPU's BPF program as bpf/logger.h has it, store by store, so that a reader can look in between any two.

import { allocate } from '../../../src/ffi/memory.ts';
import { BATCHES, batchLayout, MAX_DEVICES, RECORD } from '../../../src/kernel/abi.ts';
import type { FakePerfRing } from '../kernel/fake-perf-ring.ts';

const SLOTS = 3;

export function slotOf(id: number): number {
  return id % SLOTS;
}

/** Packet `id` has that as first word of its address, three times that as its time. */
export class FakeProducer {
  /** The CPU's value of xdp_batches. */
  readonly batches: Buffer;
  ring: FakePerfRing | undefined;
  /** Set, the ring has no room. */
  refuses = false;
  produced = 0;
  lostBatches = 0;
  /** By slot: ring_full and no_ring together. */
  readonly lostRecords = new Float64Array(MAX_DEVICES);
  readonly #records: number;
  readonly #times: boolean;
  #stores: Generator<undefined> | undefined;

  constructor(records: number, times = false) {
    this.#records = records;
    this.#times = times;
    this.batches = allocate(BATCHES.offsets.batch + 2 * batchLayout(records).sizeBytes);
  }

  get sequence(): number {
    return Number(this.batches.readBigUInt64LE(BATCHES.offsets.sequence));
  }

  batch(sequence: number): Buffer {
    const { sizeBytes } = batchLayout(this.#records);
    const start = BATCHES.offsets.batch + (sequence & 1) * sizeBytes;
    return this.batches.subarray(start, start + sizeBytes);
  }

  /** What is sent of a batch. */
  sample(sequence: number): Buffer {
    const batch = this.batch(sequence);
    return this.#times ? batch : batch.subarray(0, batchLayout(this.#records).offsets.times);
  }

  /** Makes so many stores, of as many packets as that takes. */
  advance(stores: number): void {
    for (let store = 0; store < stores; store++) {
      this.#stores ??= this.#packet();
      if (this.#stores.next().done === true) {
        this.#stores = undefined;
      }
    }
  }

  /** Finishes the packet in progress, and then so many. */
  produce(packets: number): void {
    this.#finish();
    for (let packet = 0; packet < packets; packet++) {
      this.#stores = this.#packet();
      this.#finish();
    }
  }

  #finish(): void {
    while (this.#stores?.next().done === false) {
      // Each step is one store.
    }
    this.#stores = undefined;
  }

  *#packet(): Generator<undefined> {
    const { offsets } = batchLayout(this.#records);
    const { sequence } = this;
    const batch = this.batch(sequence);
    const count = batch.readUInt32LE(offsets.count);
    const id = this.produced++;
    const record = offsets.records + count * RECORD.sizeBytes;
    batch.writeUInt32LE(id, record + RECORD.offsets.address);
    yield;
    batch.writeUInt16LE(slotOf(id), record + RECORD.offsets.slot);
    yield;
    if (this.#times) {
      batch.writeBigUInt64LE(BigInt(id) * 3n, offsets.times + count * 8);
      yield;
    }
    batch.writeUInt32LE(count + 1, offsets.count);
    yield;
    if (count + 1 === this.#records) {
      yield* this.#send(sequence);
    }
  }

  *#send(sequence: number): Generator<undefined> {
    const { offsets } = batchLayout(this.#records);
    if (this.refuses || this.ring?.sample(this.sample(sequence)) !== true) {
      this.#countLost(this.batch(sequence));
    }
    yield;
    const other = this.batch(sequence + 1);
    other.writeUInt32LE(0, offsets.count);
    yield;
    other.writeBigUInt64LE(BigInt(sequence + 1), offsets.sequence);
    yield;
    this.batches.writeBigUInt64LE(BigInt(sequence + 1), BATCHES.offsets.sequence);
  }

  #countLost(batch: Buffer): void {
    this.lostBatches++;
    for (let record = 0; record < this.#records; record++) {
      const start = batchLayout(this.#records).offsets.records + record * RECORD.sizeBytes;
      const slot = batch.readUInt16LE(start + RECORD.offsets.slot);
      this.lostRecords[slot] = (this.lostRecords[slot] ?? 0) + 1;
    }
  }
}
