// SPDX-License-Identifier: Apache-2.0
// Records that come one by one as samples of a perf ring, where each lies at its own offset and may wrap.
import { RECORD } from '../kernel/layout.ts';
import { PerfRing, type SampleVisitor } from './perf-ring.ts';
import { giveSound, RECORD_WORDS, type TakeRecords, TIME } from './record.ts';
import type { RecordRing } from './ring.ts';

/** The kernel puts a u32 before a sample's data, and pads the two to a multiple of 8. */
const SAMPLE_BYTES = RECORD.sizeBytes + 4;

/** Copied into a row before they are taken together. */
const ROW_RECORDS = 256;

/** One for all rings: a drain ends before another begins. */
const row = new Uint32Array(ROW_RECORDS * RECORD_WORDS);

/** A reader of a perf ring, to which only the kernel writes; what it finds is checked all the same. */
export class PerfRecordRing implements RecordRing {
  readonly cpu: number;
  damagedRecords = 0;
  readonly #ring: PerfRing;
  readonly #soundness: { readonly slots: number; readonly position: 0; readonly step: 0 };

  /**
   * @param memory of a perf ring: a header, and data whose size is a power of two
   * @param slots that records may have
   */
  constructor(cpu: number, memory: Buffer, slots: number, headerSizeBytes: number) {
    this.cpu = cpu;
    this.#ring = new PerfRing(memory, headerSizeBytes);
    this.#soundness = { slots, position: 0, step: 0 };
  }

  get sizeBytes(): number {
    return this.#ring.sizeBytes;
  }

  get fill(): number {
    return this.#ring.fill;
  }

  get damagedPositions(): number {
    return this.#ring.damagedPositions;
  }

  drain(take: TakeRecords): number {
    let waiting = 0;
    let given = 0;
    const give = () => {
      const count = waiting;
      waiting = 0;
      given += this.#give(count, take);
    };
    const visit: SampleVisitor = (words, mask, firstWord, sizeBytes) => {
      if (sizeBytes !== SAMPLE_BYTES) {
        this.damagedRecords++;
        return;
      }
      // One that has a time begins a row, unless all have one.
      const before = (waiting - 1) * RECORD_WORDS;
      if (waiting > 0 && row[before + TIME] === 0 && words[(firstWord + TIME) & mask] !== 0) {
        give();
      }
      const at = waiting * RECORD_WORDS;
      for (let word = 0; word < RECORD_WORDS; word++) {
        row[at + word] = words[(firstWord + word) & mask] as number;
      }
      waiting++;
      if (waiting === ROW_RECORDS) {
        give();
      }
    };
    this.#ring.drain(visit);
    give();
    return given;
  }

  /** Lets go of the memory, which may then be unmapped: using this ring is an error from here on. */
  detach(): void {
    this.#ring.detach();
  }

  /** How many of the row's records were sound. */
  #give(count: number, take: TakeRecords): number {
    const damaged = giveSound(row, 0, count, this.#soundness, (words, first, sound) =>
      take(words, first, sound, this.cpu),
    );
    this.damagedRecords += damaged;
    return count - damaged;
  }
}
