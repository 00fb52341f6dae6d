// SPDX-License-Identifier: Apache-2.0
// The logger as the session runs it: the recorder, and what becomes of its records: top sources, and rows for `log`.
import type { RecorderReading } from '../collectors/collector.ts';
import { compile } from '../filter/compile.ts';
import type { Log } from '../log.ts';
import { PacketRowSink } from '../recorder/packet-rows.ts';
import type { TakeRecords } from '../recorder/record.ts';
import { Recorder } from '../recorder/recorder.ts';
import { Sampling } from '../recorder/sampling.ts';
import type { SourcesSnapshot } from '../recorder/top-sources/snapshot.ts';
import { TopSources } from '../recorder/top-sources/top-sources.ts';
import type { Kernel } from './kernel.ts';
import type { LoggerOptions } from './options.ts';
import { wallMs } from './wall-clock.ts';

/** Where rows of packets go. */
export interface RowReader {
  readonly post: (words: Uint32Array<ArrayBuffer>) => void;
  /** The name of a slot's device. */
  readonly deviceOf: (slot: number) => string | undefined;
}

/** Sources are ranked and their rates decay in steps of this. */
const RANK_INTERVAL_MS = 1_000;

export class PacketLogger {
  readonly #options: LoggerOptions;
  readonly #sources: TopSources;
  readonly #rows: PacketRowSink | undefined;
  readonly #recorder: Recorder;
  #rankedAtMs = Number.NEGATIVE_INFINITY;

  /** @param reader takes rows, where `options.output` asks for them */
  constructor(kernel: Kernel, options: LoggerOptions, slots: number, log: Log, reader: RowReader) {
    const { transport, ringless, sampleInterval, possibleCpus } = kernel;
    if (transport === undefined) {
      throw new TypeError('start logger: the kernel was opened without one');
    }
    this.#options = options;
    this.#sources = new TopSources(slots, options.sources);
    const { maxEventsPerSecond, sampleInterval: fixedInterval, output, filter } = options;
    const passes = filter && compile(filter, reader.deviceOf);
    this.#rows = output === 'rows' ? new PacketRowSink(reader.post, passes) : undefined;
    this.#recorder = new Recorder({
      possibleCpus,
      transport,
      ringless,
      sampleInterval,
      sampling: new Sampling({
        maxEventsPerSecond,
        ...(fixedInterval === undefined ? {} : { fixedInterval }),
      }),
      take: this.#taker(),
      log,
    });
  }

  followCpus(online: readonly number[], nowMs: number): void {
    this.#recorder.followCpus(online, nowMs);
  }

  /**
   * Must come often: a ring holds what arrives in some tens of milliseconds.
   * @param nowMs of a clock that nobody sets
   */
  turn(nowMs: number): void {
    this.#recorder.turn(nowMs);
    this.#rows?.flush();
    if (nowMs - this.#rankedAtMs >= RANK_INTERVAL_MS) {
      this.#rankedAtMs = nowMs;
      this.#sources.rank(nowMs, wallMs());
    }
  }

  /**
   * Each slot as of one moment, whatever turns come before it is used. The kernel's counters are to be read after this:
   * they then hold every packet that was decoded.
   * @param afterSlot called after each: to look at the sources of hundreds takes longer than rings can wait
   */
  reading(slots: readonly number[], nowMs: number, afterSlot: () => void): RecorderReading {
    const hasSources = this.#options.sources.maxSeries > 0;
    const state = this.#recorder.state(nowMs);
    const decoded = new Map<number, number>();
    const sources = new Map<number, SourcesSnapshot>();
    for (const slot of slots) {
      decoded.set(slot, this.#sources.records(slot));
      if (hasSources) {
        sources.set(slot, this.#sources.snapshot(slot));
      }
      afterSlot();
    }
    return {
      state,
      decoded: (slot) => decoded.get(slot) ?? 0,
      ...(hasSources ? { sources: (slot: number) => sources.get(slot) } : {}),
    };
  }

  /** For a slot that another device is to have, and that nothing counts in now. */
  clearSlot(slot: number): void {
    this.#sources.clearSlot(slot);
  }

  /** So many rows are written. */
  written(rows: number): void {
    this.#rows?.written(rows);
  }

  /** Records that the filter has held back. */
  get filteredOut(): number {
    return this.#rows?.filteredOut ?? 0;
  }

  close(): void {
    this.#recorder.close();
  }

  #taker(): TakeRecords {
    const sources = this.#sources;
    const rows = this.#rows;
    if (rows === undefined) {
      return sources.take;
    }
    return (words, first, count, cpu) => {
      sources.take(words, first, count, cpu);
      rows.take(words, first, count, cpu);
    };
  }
}
