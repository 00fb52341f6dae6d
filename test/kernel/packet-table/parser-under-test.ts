// SPDX-License-Identifier: Apache-2.0
// The exporter's own program, loaded with its logger on, fed frames one at a time; its records and counters.
import { fileURLToPath } from 'node:url';
import { checkResult } from '../../../src/ffi/errno.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import {
  BATCH_RECORDS,
  BATCHES,
  batchLayout,
  LENGTH_SOURCES,
  type LengthSource,
  LOGGER,
  RECORD,
  SETTINGS,
} from '../../../src/kernel/abi.ts';
import { readCpuMask } from '../../../src/kernel/cpu-mask.ts';
import { BpfObject } from '../../../src/kernel/object.ts';
import { PerCpuMap } from '../../../src/kernel/per-cpu-map.ts';
import { TestRun } from '../../../src/kernel/test-run.ts';
import { FAMILIES, MALFORMED_REASONS } from '../../../src/snapshot/logger.ts';
import type { LoggerCounters } from './logger-counters.ts';
import type { ParsedPacket } from './packet-case.ts';

const OBJECTS = {
  plain: fileURLToPath(new URL('../../../bpf/xdp_exporter.bpf.o', import.meta.url)),
  cast: fileURLToPath(new URL('../../../bpf/xdp_exporter_cast.bpf.o', import.meta.url)),
};
const PROGRAM = 'xdp_exporter';
const BATCH = batchLayout(BATCH_RECORDS);

/** The slot that the program is loaded for: not 0, which a record would have anyway. */
export const SLOT = 5;

export interface Observation {
  readonly verdict: number;
  /** All that the run added. */
  readonly records: readonly LoggedPacket[];
}

export interface LoggedPacket extends ParsedPacket {
  readonly action: number;
  readonly weight: number;
  readonly slot: number;
}

/** There is no ring: batches that fill up are lost, but stay in the map for another turn, where they are read. */
export class ParserUnderTest {
  readonly #object: BpfObject;
  readonly #cpuKey = Buffer.alloc(4);
  readonly #programFd: number;
  readonly #batchesFd: number;
  readonly #logger: PerCpuMap;
  readonly #batches = Buffer.alloc(BATCHES.sizeBytes);
  /** Records written so far. */
  #position = 0;

  /** @param cpu the one that the calling thread is pinned to */
  constructor(lengthSource: LengthSource, cpu: number) {
    const possible = readCpuMask('possible');
    this.#cpuKey.writeUInt32LE(cpu);
    this.#object = new BpfObject(lengthSource === 'cast' ? OBJECTS.cast : OBJECTS.plain);
    try {
      this.#applySettings(lengthSource);
      this.#object.map('xdp_batches').setMaxEntries(Math.max(...possible) + 1);
      this.#object.load(PROGRAM);
      this.#programFd = this.#object.program(PROGRAM).fd;
      this.#batchesFd = this.#object.map('xdp_batches').fd;
      const { fd } = this.#object.map('xdp_logger');
      this.#logger = new PerCpuMap(fd, LOGGER.sizeBytes, possible.length);
    } catch (error) {
      this.#object.close();
      throw error;
    }
  }

  #applySettings(lengthSource: LengthSource): void {
    const section = this.#object.map('.rodata');
    const value = section.initialValue();
    value.writeUInt32LE(SLOT, SETTINGS.offsets.device_slot);
    value.writeUInt32LE(LENGTH_SOURCES[lengthSource], SETTINGS.offsets.length_source);
    value.writeUInt32LE(1, SETTINGS.offsets.logger);
    section.setInitialValue(value);
    if (lengthSource !== 'linear') {
      this.#object.program(PROGRAM).acceptFragments();
    }
  }

  /** @param linearBytes see TestRun */
  run(frame: Buffer, linearBytes?: number): Observation {
    const verdict = new TestRun(this.#programFd, frame, undefined, linearBytes).run(1);
    return { verdict, records: this.#newRecords() };
  }

  counters(): LoggerCounters {
    const { words, wordsPerCpu, wordsPerKey } = this.#logger.read(SLOT + 1);
    const sum = (offset: number): number => {
      let total = 0n;
      for (let cpu = 0; cpu < wordsPerKey / wordsPerCpu; cpu++) {
        total += words[SLOT * wordsPerKey + cpu * wordsPerCpu + offset / 8] ?? 0n;
      }
      return Number(total);
    };
    const { sampled_out, ring_full, no_ring, malformed, protocols } = LOGGER.offsets;
    const sums = (first: number, end: number) =>
      Array.from({ length: (end - first) / 8 }, (_, index) => sum(first + 8 * index));
    return {
      sampledOut: sum(sampled_out),
      ringFull: sum(ring_full),
      noRing: sum(no_ring),
      malformed: sums(malformed, protocols),
      protocols: sums(protocols, LOGGER.offsets.countdown),
    };
  }

  close(): void {
    this.#object.close();
  }

  /** Of at most one batch. */
  #newRecords(): LoggedPacket[] {
    const { value } = libbpf().bpf_map_lookup_elem(this.#batchesFd, this.#cpuKey, this.#batches);
    checkResult('read map "xdp_batches"', value);
    const sequence = Number(this.#batches.readBigUInt64LE(BATCHES.offsets.sequence));
    const count = this.#batches.readUInt32LE(batchOffset(sequence) + BATCH.offsets.count);
    const records: LoggedPacket[] = [];
    while (this.#position < sequence * BATCH_RECORDS + count) {
      records.push(decode(this.#batches.subarray(recordOffset(this.#position))));
      this.#position++;
    }
    return records;
  }
}

function batchOffset(sequence: number): number {
  return BATCHES.offsets.batch + (sequence % 2) * BATCH.sizeBytes;
}

function recordOffset(position: number): number {
  const batch = batchOffset(Math.floor(position / BATCH_RECORDS));
  return batch + BATCH.offsets.records + (position % BATCH_RECORDS) * RECORD.sizeBytes;
}

function decode(record: Buffer): LoggedPacket {
  const { offsets } = RECORD;
  const classes = record.readUInt8(offsets.class);
  return {
    family: FAMILIES[(classes >> 3) & 3] ?? 'other',
    protocol: record.readUInt8(offsets.protocol),
    malformed: MALFORMED_REASONS[classes >> 5] ?? 'none',
    address: record.toString('hex', offsets.address, offsets.address + 16),
    sourcePort: record.readUInt16BE(offsets.source_port),
    destinationPort: record.readUInt16BE(offsets.destination_port),
    length: record.readUInt32LE(offsets.length),
    action: classes & 7,
    weight: record.readUInt32LE(offsets.weight),
    slot: record.readUInt16LE(offsets.slot),
  };
}
