// SPDX-License-Identifier: Apache-2.0
// The logger as the session runs it: the recorder, and what becomes of its records: top lists, and rows for `log`.
import type { RecorderReading } from '../collectors/collector.ts';
import type { Log } from '../log.ts';
import { PacketRowSink } from '../recorder/packet-rows.ts';
import type { TakeRecords } from '../recorder/record.ts';
import { Recorder } from '../recorder/recorder.ts';
import { Sampling } from '../recorder/sampling.ts';
import type { TopListSnapshots } from '../recorder/top-lists/snapshot.ts';
import { TopLists } from '../recorder/top-lists/top-lists.ts';
import type { Kernel } from './kernel.ts';
import type { LoggerOptions } from './options.ts';
import { wallMs } from './wall-clock.ts';

/** Top lists are ranked and their rates decay in steps of this. */
const RANK_INTERVAL_MS = 1_000;

export class PacketLogger {
  readonly #top: TopLists;
  readonly #rows: PacketRowSink | undefined;
  readonly #recorder: Recorder;
  #rankedAtMs = Number.NEGATIVE_INFINITY;

  /** @param post takes rows, where `options.output` asks for them */
  constructor(
    kernel: Kernel,
    options: LoggerOptions,
    slots: number,
    log: Log,
    post: (words: Uint32Array<ArrayBuffer>) => void,
  ) {
    const { transport, ringless, sampleInterval, possibleCpus } = kernel;
    if (transport === undefined) {
      throw new TypeError('start logger: the kernel was opened without one');
    }
    this.#top = new TopLists(slots, options.top);
    this.#rows = options.output === 'rows' ? new PacketRowSink(post) : undefined;
    const { maxEventsPerSecond, sampleInterval: fixedInterval } = options;
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
      this.#top.rank(nowMs, wallMs());
    }
  }

  /**
   * Each slot as of one moment, whatever turns come before it is used. The kernel's counters are to be read after this:
   * they then hold every packet that was decoded.
   * @param afterSlot called after each: to look at the lists of hundreds takes longer than rings can wait
   */
  reading(slots: readonly number[], nowMs: number, afterSlot: () => void): RecorderReading {
    const state = this.#recorder.state(nowMs);
    const decoded = new Map<number, number>();
    const top = new Map<number, TopListSnapshots>();
    for (const slot of slots) {
      decoded.set(slot, this.#top.records(slot));
      top.set(slot, this.#top.snapshot(slot));
      afterSlot();
    }
    return {
      state,
      decoded: (slot) => decoded.get(slot) ?? 0,
      top: Object.fromEntries(
        this.#top.names.map((name) => [name, (slot: number) => top.get(slot)?.[name]]),
      ),
    };
  }

  /** For a slot that another device is to have, and that nothing counts in now. */
  clearSlot(slot: number): void {
    this.#top.clearSlot(slot);
  }

  /** So many rows are written. */
  written(rows: number): void {
    this.#rows?.written(rows);
  }

  close(): void {
    this.#recorder.close();
  }

  #taker(): TakeRecords {
    const top = this.#top;
    const rows = this.#rows;
    if (rows === undefined) {
      return top.take;
    }
    return (words, first, count, cpu) => {
      top.take(words, first, count, cpu);
      rows.take(words, first, count, cpu);
    };
  }
}
