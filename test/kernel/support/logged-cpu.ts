// SPDX-License-Identifier: Apache-2.0
// The exporter's program with its logger on, run on frames of ours on one CPU, and what reads its records there.
import { fileURLToPath } from 'node:url';
import { BatchReader } from '../../../src/collector/batch-reader.ts';
import {
  BATCH_RECORDS,
  BATCHES,
  batchLayout,
  LOGGER,
  MAX_DEVICES,
  SETTINGS,
  TRAFFIC,
} from '../../../src/kernel/abi.ts';
import { readCpuMask } from '../../../src/kernel/cpu-mask.ts';
import { MappedArray } from '../../../src/kernel/mapped-array.ts';
import { BpfObject } from '../../../src/kernel/object.ts';
import { PerCpuMap } from '../../../src/kernel/per-cpu-map.ts';
import { PerfEventRing } from '../../../src/kernel/perf-event-ring.ts';
import { readProgramInfo } from '../../../src/kernel/program-info.ts';
import { TestRun } from '../../../src/kernel/test-run.ts';
import { FAMILIES, PROTOCOLS } from '../../../src/snapshot/logger.ts';
import { SourceCounts } from './source-counts.ts';

const PROGRAM = 'xdp_exporter';
const SLOT = 3;

export interface LoggedCpuOptions {
  readonly cpu: number;
  readonly records?: number;
  readonly times?: boolean;
  /** Absent: the CPU has no ring. */
  readonly ringSizeBytes?: number;
}

export class LoggedCpu {
  readonly sources = new SourceCounts(SLOT);
  readonly reader: BatchReader;
  readonly #cpu: number;
  readonly #object: BpfObject;
  readonly #batches: MappedArray;
  readonly #logger: PerCpuMap;
  #ring: PerfEventRing | undefined;

  constructor({ cpu, records = BATCH_RECORDS, times = false, ringSizeBytes }: LoggedCpuOptions) {
    this.#cpu = cpu;
    this.#object = loadObject(records, times);
    const possible = readCpuMask('possible');
    const sizeBytes = BATCHES.offsets.batch + 2 * batchLayout(records).sizeBytes;
    this.#batches = new MappedArray(
      this.#object.map('xdp_batches').fd,
      sizeBytes,
      entriesOf(possible),
    );
    this.#logger = new PerCpuMap(
      this.#object.map('xdp_logger').fd,
      LOGGER.sizeBytes,
      possible.length,
    );
    this.reader = new BatchReader(this.#batches.entry(cpu), this.sources, { records, times });
    if (ringSizeBytes !== undefined) {
      this.openRing(ringSizeBytes);
    }
  }

  get programId(): number {
    return readProgramInfo(this.#object.program(PROGRAM).fd).id;
  }

  openRing(sizeBytes: number): void {
    this.#ring = new PerfEventRing(this.#object.map('xdp_events').fd, this.#cpu, sizeBytes);
    this.reader.ring = this.#ring.ring;
  }

  closeRing(): void {
    this.reader.ring = undefined;
    this.#ring?.close();
  }

  /** Runs the program on so many frames from `source`, on whatever CPU this thread is on. */
  inject(source: number, frames: number): void {
    const { fd } = this.#object.program(PROGRAM);
    new TestRun(fd, udpFrame(source)).run(frames);
  }

  turn(times: number): void {
    for (let turn = 0; turn < times; turn++) {
      this.reader.turn();
    }
  }

  /** As BPF counted them, over all CPUs. */
  readLost(): { readonly ringFull: number; readonly noRing: number; readonly seen: number } {
    const { words, wordsPerCpu } = this.#logger.read(MAX_DEVICES);
    const sum = (offset: number) => {
      let total = 0n;
      for (let word = offset / 8; word < words.length; word += wordsPerCpu) {
        total += words[word] ?? 0n;
      }
      return Number(total);
    };
    const { ring_full, no_ring, protocols } = LOGGER.offsets;
    // Frames of one kind are all in one class: IPv4 and UDP.
    const index = FAMILIES.indexOf('ipv4') * PROTOCOLS.length + PROTOCOLS.indexOf('udp');
    const seen = sum(protocols + index * TRAFFIC.sizeBytes);
    return { ringFull: sum(ring_full), noRing: sum(no_ring), seen };
  }

  close(): void {
    this.closeRing();
    this.#batches.close();
    this.#object.close();
  }
}

/** Of an array that is keyed by CPU. */
function entriesOf(possible: readonly number[]): number {
  return Math.max(...possible) + 1;
}

function loadObject(records: number, times: boolean): BpfObject {
  const path =
    records === BATCH_RECORDS ? '../../../bpf/xdp_exporter' : `../../bpf/batch_${records}`;
  const object = new BpfObject(fileURLToPath(new URL(`${path}.bpf.o`, import.meta.url)));
  try {
    const section = object.map('.rodata');
    const value = section.initialValue();
    value.writeUInt32LE(SLOT, SETTINGS.offsets.device_slot);
    value.writeUInt32LE(1, SETTINGS.offsets.logger);
    value.writeUInt32LE(times ? 1 : 0, SETTINGS.offsets.log_times);
    section.setInitialValue(value);
    object.map('xdp_batches').setMaxEntries(entriesOf(readCpuMask('possible')));
    object.load(PROGRAM);
    return object;
  } catch (error) {
    object.close();
    throw error;
  }
}

/** Ethernet, IPv4 and UDP, 60 bytes. */
export function udpFrame(source: number): Buffer {
  const frame = Buffer.alloc(60);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt8(0x45, 14);
  frame.writeUInt16BE(46, 16);
  frame.writeUInt8(17, 23);
  frame.writeUInt32BE(source, 26);
  frame.writeUInt16BE(source & 0xffff, 34);
  frame.writeUInt16BE(26, 38);
  return frame;
}
