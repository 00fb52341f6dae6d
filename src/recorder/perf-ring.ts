// SPDX-License-Identifier: Apache-2.0
// Reads a perf ring in place: no lock, no copy, no call into the kernel. Knows only bytes, so tests feed it theirs.
import { ExporterError } from '../errors.ts';
import { Positions } from './positions.ts';

/** struct perf_event_mmap_page in linux/perf_event.h. */
const DATA_HEAD = 1024;
const DATA_TAIL = 1032;

/** enum perf_event_type and struct perf_event_header in linux/perf_event.h. */
const PERF_RECORD_SAMPLE = 9;
const RECORD_HEADER_SIZE_BYTES = 8;

/** A sample is its header, the size of its data, its data. */
const SAMPLE_SIZE_BYTES = RECORD_HEADER_SIZE_BYTES + 4;

/** The kernel and we align records to this, so that a record's header never wraps. */
const RECORD_ALIGNMENT = 8;

/** How much is read before its room is given back: enough that the shared page is rarely written to. */
const COMMIT_SIZE_BYTES = 32 * 1024;

/**
 * Sees one sample in place, until it returns: word i of its data is `words[(firstWord + i) & mask]`.
 * `sizeBytes` includes what the kernel adds so that the next record is aligned.
 */
export type SampleVisitor = (
  words: Uint32Array,
  mask: number,
  firstWord: number,
  sizeBytes: number,
) => void;

/**
 * A reader of one CPU's perf ring. Of all the kernel writes there it wants the samples; that some were lost the
 * programs count themselves, at once and exactly.
 */
export class PerfRing {
  /** Of the data, without the header. */
  readonly sizeBytes: number;
  /** How full the last drain found the ring: 0..1. */
  fill = 0;
  readonly #positions: Positions;
  #words: Uint32Array;
  #damagedHeads = 0;

  /** @param memory a header of a page and then the data, whose size is a power of two */
  constructor(memory: Buffer, headerSizeBytes: number) {
    const { buffer, byteOffset, length } = memory;
    this.sizeBytes = length - headerSizeBytes;
    if (this.sizeBytes < RECORD_ALIGNMENT || (this.sizeBytes & (this.sizeBytes - 1)) !== 0) {
      throw new ExporterError(`read perf ring: ${this.sizeBytes} bytes are not a power of two`);
    }
    this.#positions = new Positions(memory, DATA_HEAD, DATA_TAIL);
    this.#words = new Uint32Array(buffer, byteOffset + headerSizeBytes, this.sizeBytes / 4);
  }

  /** Times that a position, or what lies between them, was none that the kernel or this reader writes. */
  get damagedPositions(): number {
    return this.#damagedHeads + this.#positions.damages;
  }

  /**
   * Visits, in order, each sample that was not read when it began, however fast the kernel writes. Damaged data ends
   * the drain: it resumes at the head. So does whatever `visit` throws. The head is stored by
   * perf_output_put_handle() in kernel/events/ring_buffer.c, after an smp_wmb().
   */
  drain(visit: SampleVisitor): void {
    const head = this.#positions.loadHead();
    this.#positions.repair();
    const unread = this.#positions.unread(head);
    this.fill = 0;
    if (unread === 0) {
      return;
    }
    try {
      if (unread < 0 || unread > this.sizeBytes || !this.#walk(visit, unread)) {
        this.#damagedHeads++;
      }
    } finally {
      this.#positions.commit(head);
    }
  }

  /** Lets go of the memory, which may then be unmapped: using this ring is an error from here on. */
  detach(): void {
    this.#positions.detach();
    this.#words = new Uint32Array(0);
  }

  /** False where the data is damaged. */
  #walk(visit: SampleVisitor, unread: number): boolean {
    this.fill = unread / this.sizeBytes;
    const words = this.#words;
    const mask = words.length - 1;
    const origin = this.#positions.read;
    const start = Number(origin & BigInt(this.sizeBytes - 1)) >>> 2;
    let committed = 0;
    let done = 0;
    while (done < unread) {
      const word = (start + (done >>> 2)) & mask;
      // u32 type, u16 misc, u16 size: it wraps where somebody else has moved a position to where no record begins.
      const size = (words[(word + 1) & mask] as number) >>> 16;
      if (size % RECORD_ALIGNMENT !== 0 || size > unread - done) {
        return false;
      }
      if (!this.#visitRecord(visit, word, size)) {
        return false;
      }
      done += size;
      if (done - committed >= COMMIT_SIZE_BYTES) {
        committed = done;
        this.#positions.commit(BigInt.asUintN(64, origin + BigInt(done)));
      }
    }
    return true;
  }

  /** False where the record cannot be what it says. */
  #visitRecord(visit: SampleVisitor, word: number, sizeBytes: number): boolean {
    const words = this.#words;
    const mask = words.length - 1;
    if (words[word] !== PERF_RECORD_SAMPLE) {
      return sizeBytes >= RECORD_HEADER_SIZE_BYTES;
    }
    const dataBytes = words[(word + 2) & mask] as number;
    if (dataBytes > sizeBytes - SAMPLE_SIZE_BYTES) {
      return false;
    }
    visit(words, mask, (word + 3) & mask, dataBytes);
    return true;
  }
}
