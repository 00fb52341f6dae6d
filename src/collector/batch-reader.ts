// SPDX-License-Identifier: Apache-2.0
// One CPU's records: from its ring in whole batches, and from the batch that is still being filled.
import { BATCH_RECORDS, BATCHES, batchLayout, MAX_DEVICES, RECORD } from '../kernel/abi.ts';
import type { PerfRing } from '../kernel/perf-ring.ts';

const WORD_BYTES = 4;
const RECORD_WORDS = RECORD.sizeBytes / WORD_BYTES;
const SLOT_WORD = RECORD.offsets.slot / WORD_BYTES;
const TIME_WORDS = 2;
const COUNT_WORD = batchLayout(0).offsets.count / WORD_BYTES;
const RECORDS_WORD = batchLayout(0).offsets.records / WORD_BYTES;
const BATCH_WORD = BATCHES.offsets.batch / WORD_BYTES;

/** A batch is a multiple of 8 bytes. The kernel puts a u32 before it, and pads the two to a multiple of 8 again. */
const SAMPLE_PADDING_BYTES = 4;

export interface RecordSink {
  /**
   * Records in the order of their packets, in place until it returns. Record i begins at
   * `words[(firstWord + 8 * i) & mask]`, its time (u64, ns of CLOCK_MONOTONIC) at
   * `words[(firstTimeWord + 2 * i) & mask]`. `firstTimeWord` is -1 where there are no times.
   */
  take(
    words: Uint32Array,
    mask: number,
    firstWord: number,
    count: number,
    firstTimeWord: number,
  ): void;
}

/**
 * Gives each record of one CPU to a sink once, in order, and knows which it could not give.
 *
 * A CPU may show its stores late and out of order: x86 does not, arm64 does, and the BPF program has barriers
 * for the compiler only. So what one store says of another (a sequence of what is in the ring, a count of the
 * records before it) is believed one turn later.
 */
export class BatchReader {
  /** Undefined while the CPU has no ring. Take a last turn before a ring is closed or replaced. */
  ring: PerfRing | undefined;
  /** Records given to the sink. */
  decodedRecords = 0;
  /** Batches that did not come: BPF has counted all their records in ring_full or no_ring. */
  lostBatches = 0;
  /** Samples that are no batch of this layout, or not one that can come now. Each is skipped, and is lost. */
  corruptBatches = 0;
  /** By slot: records given to the sink before BPF counted them in ring_full or no_ring, so too many there. */
  readonly recovered = new Float64Array(MAX_DEVICES);

  readonly #sink: RecordSink;
  readonly #records: number;
  readonly #sampleBytes: number;
  readonly #batchWords: number;
  /** Where in a batch its times begin, or -1. */
  readonly #timesWord: number;
  readonly #words: Uint32Array;
  readonly #sequence: BigUint64Array;
  /** The unfinished batch, as far as it was taken. */
  readonly #copy: Uint32Array;
  /**
   * The batch being filled, as seen by this turn and by the one before. A number is exact up to 2^53, which
   * one CPU with 10 million packets a second and batches of 64 reaches after 1,800 years.
   */
  #newest = 0;
  #settled = 0;
  /** The batch to come next, how many of its records were taken, and how many the last turn saw. */
  #expected = 0;
  #taken = 0;
  #visible = 0;

  /**
   * @param batches the CPU's value of map xdp_batches, mapped; stays so while turns are taken
   * @param options `records` as XDP_EXPORTER_BATCH_RECORDS, `times` as log_times of every program
   */
  constructor(
    batches: Buffer,
    sink: RecordSink,
    { records = BATCH_RECORDS, times = false }: { records?: number; times?: boolean } = {},
  ) {
    const { sizeBytes, offsets } = batchLayout(records);
    this.#sink = sink;
    this.#records = records;
    this.#sampleBytes = (times ? sizeBytes : offsets.times) + SAMPLE_PADDING_BYTES;
    this.#batchWords = sizeBytes / WORD_BYTES;
    this.#timesWord = times ? offsets.times / WORD_BYTES : -1;
    this.#words = new Uint32Array(batches.buffer, batches.byteOffset, batches.length / WORD_BYTES);
    this.#sequence = new BigUint64Array(batches.buffer, batches.byteOffset, 1);
    this.#copy = new Uint32Array(this.#batchWords);
  }

  /**
   * Takes what is new. The third turn after the last packet leaves nothing waiting and no loss uncounted.
   * Turns are some microseconds apart, or a CPU that reorders its stores could still deceive them.
   */
  turn(): void {
    const head = this.ring?.loadHead();
    // After the head, so that no batch below the head is newer.
    this.#newest = this.#loadSequence();
    this.ring?.drain(this.#takeSample, head);
    // What was sent by the last turn, and is still not below the head, never will be.
    this.#lose(this.#settled);
    this.#settled = this.#newest;
    if (this.#expected === this.#newest) {
      this.#takeUnfinished();
    }
  }

  #loadSequence(): number {
    return Number(Atomics.load(this.#sequence, 0));
  }

  readonly #takeSample = (
    words: Uint32Array,
    mask: number,
    firstWord: number,
    sizeBytes: number,
  ): void => {
    const low = words[firstWord & mask] as number;
    const high = words[(firstWord + 1) & mask] as number;
    const count = words[(firstWord + COUNT_WORD) & mask] as number;
    const sequence = low + high * 2 ** 32;
    const canCome = sequence >= this.#expected && sequence <= this.#newest;
    if (sizeBytes !== this.#sampleBytes || count !== this.#records || !canCome) {
      this.corruptBatches++;
      return;
    }
    this.#lose(sequence);
    const taken = this.#taken;
    this.#expect(sequence + 1);
    this.#give(words, mask, firstWord, taken, count);
  };

  /** The batches before `next` that have not come will not. */
  #lose(next: number): void {
    if (next <= this.#expected) {
      return;
    }
    for (let record = 0; record < this.#taken; record++) {
      const slot =
        (this.#copy[RECORDS_WORD + record * RECORD_WORDS + SLOT_WORD] as number) & 0xffff;
      this.recovered[slot] = (this.recovered[slot] as number) + 1;
    }
    this.lostBatches += next - this.#expected;
    this.#expect(next);
  }

  #expect(sequence: number): void {
    this.#expected = sequence;
    this.#taken = 0;
    this.#visible = 0;
  }

  /**
   * Takes the records that the last turn saw, so that a single packet shows without waiting until others have
   * filled its batch.
   */
  #takeUnfinished(): void {
    const batch = BATCH_WORD + (this.#expected & 1) * this.#batchWords;
    const count = Atomics.load(this.#words, batch + COUNT_WORD);
    const from = this.#taken;
    const to = this.#visible;
    // A full count is either this batch's, which is then on its way, or that of the batch before in its place.
    this.#visible = count < this.#records ? count : 0;
    if (to > from && this.#copyRecords(batch, from, to)) {
      this.#taken = to;
      this.#give(this.#copy, -1, 0, from, to);
    }
  }

  /** False where the batch was sent meanwhile: its place is written again once the next one is sent as well. */
  #copyRecords(batch: number, from: number, to: number): boolean {
    this.#copyWords(batch, RECORDS_WORD + from * RECORD_WORDS, RECORDS_WORD + to * RECORD_WORDS);
    if (this.#timesWord >= 0) {
      const times = this.#timesWord;
      this.#copyWords(batch, times + from * TIME_WORDS, times + to * TIME_WORDS);
    }
    return this.#loadSequence() === this.#expected;
  }

  #copyWords(batch: number, from: number, to: number): void {
    this.#copy.set(this.#words.subarray(batch + from, batch + to), from);
  }

  /** Hands on the records from..to-1 of the batch that begins at word `batch`. */
  #give(words: Uint32Array, mask: number, batch: number, from: number, to: number): void {
    this.decodedRecords += to - from;
    this.#sink.take(
      words,
      mask,
      batch + RECORDS_WORD + from * RECORD_WORDS,
      to - from,
      this.#timesWord < 0 ? -1 : batch + this.#timesWord + from * TIME_WORDS,
    );
  }
}
