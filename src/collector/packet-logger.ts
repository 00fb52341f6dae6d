// SPDX-License-Identifier: Apache-2.0
// The logger's reading side: a ring and a batch reader for each CPU, turned in short intervals, and the sampling.
import { BATCHES } from '../kernel/abi.ts';
import type { MappedArray } from '../kernel/mapped-array.ts';
import type { PerfEventRing } from '../kernel/perf-event-ring.ts';
import type { RingState } from '../snapshot/logger.ts';
import { BatchReader, type RecordSink } from './batch-reader.ts';
import { RecentMaximum } from './recent-maximum.ts';
import type { Sampling } from './sampling.ts';

export interface PacketLoggerOptions {
  /** Ids of every CPU that could exist. */
  readonly possibleCpus: readonly number[];
  /** Map xdp_batches; closed with the logger. */
  readonly batches: Pick<MappedArray, 'entry' | 'close'>;
  /** Undefined where the CPU can have no ring now; it is asked again. */
  readonly openRing: (cpu: number) => PerfEventRing | undefined;
  readonly sinkOf: (cpu: number) => RecordSink;
  readonly sampling: Sampling;
  /** Records carry times. */
  readonly times: boolean;
}

/** One CPU's side of it. */
interface Lane {
  readonly cpu: number;
  readonly entry: Buffer;
  readonly reader: BatchReader;
  readonly fill: RecentMaximum;
  /** As of the last `followCpus`. */
  lostBatches: number;
  ringHead: bigint;
  ring?: PerfEventRing | undefined;
}

export class PacketLogger {
  readonly #options: PacketLoggerOptions;
  readonly #lanes: readonly Lane[];
  /** By slot; see BatchReader.recovered. */
  readonly recoveredFromFullRing: Float64Array;
  readonly recoveredWithoutRing: Float64Array;
  #first = 0;

  constructor(options: PacketLoggerOptions) {
    this.#options = options;
    const { possibleCpus, batches, sinkOf, times } = options;
    this.#lanes = possibleCpus.map((cpu) => {
      const entry = batches.entry(cpu);
      const reader = new BatchReader(entry, sinkOf(cpu), { times });
      return { cpu, entry, reader, fill: new RecentMaximum(), lostBatches: 0, ringHead: 0n };
    });
    const slots = this.#lanes[0]?.reader.recovered.length ?? 0;
    this.recoveredFromFullRing = new Float64Array(slots);
    this.recoveredWithoutRing = new Float64Array(slots);
    this.#applyInterval();
  }

  get sampleInterval(): number {
    return this.#options.sampling.interval;
  }

  /** Opens the rings of CPUs that came online, and closes those of CPUs that went offline. */
  followCpus(online: readonly number[]): void {
    for (const lane of this.#lanes) {
      const isOnline = online.includes(lane.cpu);
      if (this.#isDead(lane)) {
        this.#catchUp(lane);
        this.#closeRing(lane);
      }
      if (isOnline && lane.ring === undefined) {
        const opened = this.#options.openRing(lane.cpu);
        lane.reader.ring = opened?.ring;
        // What these turns find lost was lost before or while the ring was opened: without it.
        this.#catchUp(lane);
        lane.ring = opened;
      } else if (!isOnline && lane.ring !== undefined) {
        this.#catchUp(lane);
        this.#closeRing(lane);
      }
    }
  }

  /** A CPU that went offline and came back between two calls leaves a ring that nothing arrives in any more. */
  #isDead(lane: Lane): boolean {
    const { lostBatches } = lane.reader;
    const head = lane.ring?.ring.loadHead() ?? 0n;
    const isDead =
      lane.ring !== undefined && lostBatches > lane.lostBatches && head === lane.ringHead;
    lane.lostBatches = lostBatches;
    lane.ringHead = head;
    return isDead;
  }

  /** A lost batch is known as such one turn after it was due. */
  #catchUp(lane: Lane): void {
    lane.reader.turn();
    lane.reader.turn();
    this.#settle(lane);
  }

  /** Takes what every CPU has sent. A different CPU goes first each time, so that none is always the last. */
  turn(nowMs: number): void {
    let fillRatio = 0;
    let events = 0;
    for (let index = 0; index < this.#lanes.length; index++) {
      const lane = this.#lanes[(this.#first + index) % this.#lanes.length] as Lane;
      const before = lane.reader.decodedRecords;
      lane.reader.turn();
      events += lane.reader.decodedRecords - before;
      const filled = lane.ring?.ring.fill ?? 0;
      lane.fill.add(nowMs, filled);
      fillRatio = Math.max(fillRatio, filled);
    }
    this.#first++;
    if (this.#options.sampling.update(nowMs, fillRatio, events)) {
      this.#applyInterval();
    }
  }

  /** To be read after a turn. */
  rings(nowMs: number): readonly RingState[] {
    return this.#lanes.flatMap(({ cpu, ring, fill }) =>
      ring === undefined
        ? []
        : [{ cpu, sizeBytes: ring.ring.sizeBytes, fillRatioMax: fill.value(nowMs) }],
    );
  }

  /** Brings `recoveredFromFullRing` and `recoveredWithoutRing` up to the last turn. */
  settle(): void {
    for (const lane of this.#lanes) {
      this.#settle(lane);
    }
  }

  /** For a slot that another device is to have: takes what the device before it has sent, and forgets the rest. */
  clearSlot(slot: number): void {
    for (const lane of this.#lanes) {
      this.#catchUp(lane);
    }
    this.recoveredFromFullRing[slot] = 0;
    this.recoveredWithoutRing[slot] = 0;
  }

  close(): void {
    for (const lane of this.#lanes) {
      this.#closeRing(lane);
    }
    this.#options.batches.close();
  }

  /** Moves what a reader recovered to where it belongs while we still know whether it had a ring. */
  #settle({ ring, reader: { recovered } }: Lane): void {
    const total = ring === undefined ? this.recoveredWithoutRing : this.recoveredFromFullRing;
    for (let slot = 0; slot < recovered.length; slot++) {
      total[slot] = (total[slot] ?? 0) + (recovered[slot] ?? 0);
    }
    recovered.fill(0);
  }

  #closeRing(lane: Lane): void {
    lane.reader.ring = undefined;
    lane.ring?.close();
    lane.ring = undefined;
  }

  #applyInterval(): void {
    for (const { entry } of this.#lanes) {
      entry.writeUInt32LE(this.#options.sampling.interval, BATCHES.offsets.sample_interval);
    }
  }
}
