// SPDX-License-Identifier: Apache-2.0
// Reads a perf ring in place: no lock, no copy, no call into the kernel. Knows only bytes, so tests feed it theirs.
import { ExporterError } from '../errors.ts';

/** struct perf_event_mmap_page in linux/perf_event.h: one page, before the data. */
const HEADER_SIZE_BYTES = 4096;
const DATA_HEAD = 1024;
const DATA_TAIL = 1032;

/** enum perf_event_type and struct perf_event_header in linux/perf_event.h. */
const PERF_RECORD_LOST = 2;
const PERF_RECORD_SAMPLE = 9;
const RECORD_HEADER_SIZE_BYTES = 8;

/** A sample is its header, the size of its data, its data. */
const SAMPLE_SIZE_BYTES = RECORD_HEADER_SIZE_BYTES + 4;

/** A lost record is its header, the event's id and how many were lost, both u64: of the latter, half is enough. */
const LOST_SIZE_BYTES = RECORD_HEADER_SIZE_BYTES + 16;

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

export class PerfRing {
  /** Of the data, without the header. */
  readonly sizeBytes: number;
  /** How full the last drain found the ring: 0..1. */
  fill = 0;
  /** Samples that the kernel says it had no room for. It can say so only once there is room again. */
  lostRecords = 0;
  /** Drains that met something the kernel does not write. What lay beyond it was skipped. */
  corruptions = 0;
  #head: BigUint64Array;
  #tail: BigUint64Array;
  #words: Uint32Array;
  #read: bigint;

  /** @param memory a header page and then the data, whose size is a power of two */
  constructor(memory: Buffer, headerSizeBytes = HEADER_SIZE_BYTES) {
    const { buffer, byteOffset, length } = memory;
    this.sizeBytes = length - headerSizeBytes;
    if (this.sizeBytes < RECORD_ALIGNMENT || (this.sizeBytes & (this.sizeBytes - 1)) !== 0) {
      throw new ExporterError(`read perf ring: ${this.sizeBytes} bytes are not a power of two`);
    }
    this.#head = new BigUint64Array(buffer, byteOffset + DATA_HEAD, 1);
    this.#tail = new BigUint64Array(buffer, byteOffset + DATA_TAIL, 1);
    this.#words = new Uint32Array(buffer, byteOffset + headerSizeBytes, this.sizeBytes / 4);
    this.#read = Atomics.load(this.#tail, 0);
  }

  /**
   * How far the kernel has written, ever. Whoever loads it sees all that was written up to there: it pairs with
   * the smp_wmb() in perf_output_put_handle(), kernel/events/ring_buffer.c.
   */
  loadHead(): bigint {
    return Atomics.load(this.#head, 0);
  }

  /**
   * Visits, in order, each sample that is not yet read, up to `head` and no further, however fast the kernel
   * writes. Damaged data ends the drain: it resumes at `head`. So does whatever `visit` throws.
   */
  drain(visit: SampleVisitor, head = this.loadHead()): void {
    const unread = Number(head - this.#read);
    this.fill = Math.min(Math.max(unread / this.sizeBytes, 0), 1);
    if (unread === 0) {
      return;
    }
    try {
      const isSound = unread > 0 && unread <= this.sizeBytes && unread % RECORD_ALIGNMENT === 0;
      if (!(isSound && this.#walk(visit, unread))) {
        this.corruptions++;
      }
    } finally {
      this.#commit(head);
    }
  }

  /** Lets go of the memory, which may then be unmapped: using this ring is an error from here on. */
  detach(): void {
    this.#head = new BigUint64Array(0);
    this.#tail = new BigUint64Array(0);
    this.#words = new Uint32Array(0);
  }

  /** False where the data is damaged. */
  #walk(visit: SampleVisitor, unread: number): boolean {
    const words = this.#words;
    const mask = words.length - 1;
    const origin = this.#read;
    const start = Number(origin & BigInt(this.sizeBytes - 1)) >>> 2;
    let committed = 0;
    let done = 0;
    while (done < unread) {
      const word = (start + (done >>> 2)) & mask;
      // u32 type, u16 misc, u16 size.
      const size = (words[word + 1] as number) >>> 16;
      if (size % RECORD_ALIGNMENT !== 0 || size > unread - done) {
        return false;
      }
      if (!this.#visitRecord(visit, word, size)) {
        return false;
      }
      done += size;
      if (done - committed >= COMMIT_SIZE_BYTES) {
        committed = done;
        this.#commit(origin + BigInt(done));
      }
    }
    return true;
  }

  /** False where the record cannot be what it says. */
  #visitRecord(visit: SampleVisitor, word: number, sizeBytes: number): boolean {
    const words = this.#words;
    const mask = words.length - 1;
    switch (words[word]) {
      case PERF_RECORD_SAMPLE: {
        const dataBytes = words[(word + 2) & mask] as number;
        if (dataBytes > sizeBytes - SAMPLE_SIZE_BYTES) {
          return false;
        }
        visit(words, mask, (word + 3) & mask, dataBytes);
        return true;
      }
      case PERF_RECORD_LOST:
        if (sizeBytes < LOST_SIZE_BYTES) {
          return false;
        }
        this.lostRecords += words[(word + 4) & mask] as number;
        return true;
      default:
        return sizeBytes >= RECORD_HEADER_SIZE_BYTES;
    }
  }

  /** Gives room back to the kernel. An atomic store orders every read of the data before it. */
  #commit(position: bigint): void {
    this.#read = position;
    Atomics.store(this.#tail, 0, position);
  }
}
