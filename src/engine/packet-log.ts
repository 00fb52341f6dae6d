// SPDX-License-Identifier: Apache-2.0
// The logger as the session runs it: readers, sampling, top sources or rows, and what a snapshot tells of them.

import type { RecordSink } from '../collector/batch-reader.ts';
import { LoggerCollector } from '../collector/logger.ts';
import { PacketLogger } from '../collector/packet-logger.ts';
import { PacketRowSink } from '../collector/packet-rows.ts';
import { Sampling } from '../collector/sampling.ts';
import { TopSources } from '../collector/top-sources/top-sources.ts';
import { errorMessage } from '../errors.ts';
import { type PerfEventRing, ringSizeBytes } from '../kernel/perf-event-ring.ts';
import type { LogFields, Logger } from '../log.ts';
import type { DeviceLog, LoggerState } from '../snapshot/logger.ts';
import type { SourcesSnapshot } from '../snapshot/sources.ts';
import type { Kernel } from './kernel.ts';
import type { LoggerOptions } from './messages.ts';

/** Sources are ranked and their rates decay in steps of this. */
const RANK_INTERVAL_MS = 1_000;

/** By slot, as far as it was asked for. */
export interface PacketLogPart {
  readonly logs: readonly DeviceLog[];
  /** Empty where no sources are kept. */
  readonly sources: readonly SourcesSnapshot[];
  readonly state: LoggerState;
}

export class PacketLog {
  readonly #options: LoggerOptions;
  readonly #sources: TopSources;
  readonly #rows: PacketRowSink | undefined;
  readonly #logger: PacketLogger;
  readonly #collector: LoggerCollector;
  readonly #log: Logger;
  #rankedAtMs = Number.NEGATIVE_INFINITY;
  readonly #warned = new Set<string>();

  /** @param post takes rows for the main thread, where `options.output` asks for them */
  constructor(
    kernel: Kernel,
    options: LoggerOptions,
    log: Logger,
    post: (words: Uint32Array<ArrayBuffer>) => void,
  ) {
    this.#options = options;
    this.#log = log;
    const { sampleInterval, maxEventsPerSecond, output } = options;
    this.#sources = new TopSources(options.sources);
    this.#rows = output === 'rows' ? new PacketRowSink(post) : undefined;
    this.#collector = new LoggerCollector(kernel.logger);
    this.#logger = new PacketLogger({
      possibleCpus: kernel.possibleCpus,
      batches: kernel.mapBatches(),
      openRing: (cpu) => this.#openRing(kernel, cpu),
      sinkOf: (cpu) => this.#sinkOf(cpu),
      sampling: new Sampling({
        maxEventsPerSecond,
        ...(sampleInterval === undefined ? {} : { fixedInterval: sampleInterval }),
      }),
      times: output === 'rows',
    });
  }

  followCpus(online: readonly number[]): void {
    this.#logger.followCpus(online);
  }

  /**
   * Must come often: a ring holds what arrives in some tens of milliseconds.
   * @param nowMs of a clock that nobody sets
   */
  turn(nowMs: number): void {
    this.#logger.turn(nowMs);
    this.#rows?.flush();
    const isRanked = this.#options.sources.maxSeries > 0;
    if (isRanked && nowMs - this.#rankedAtMs >= RANK_INTERVAL_MS) {
      this.#rankedAtMs = nowMs;
      this.#sources.rank(Date.now());
    }
  }

  /** Slots 0..slots-1. @param nowMs as of `turn` */
  read(slots: number, nowMs: number): PacketLogPart {
    const logs = this.#collector.read(slots, () => {
      // Two, since a loss is known one turn after it was due.
      this.turn(nowMs);
      this.turn(nowMs);
      this.#logger.settle();
      return (slot) => ({
        decoded: this.#sources.records(slot),
        recoveredFromFullRing: this.#logger.recoveredFromFullRing[slot] ?? 0,
        recoveredWithoutRing: this.#logger.recoveredWithoutRing[slot] ?? 0,
      });
    });
    const sources =
      this.#options.sources.maxSeries === 0
        ? []
        : Array.from({ length: slots }, (_, slot) => this.#sources.snapshot(slot));
    const state = {
      sampleInterval: this.#logger.sampleInterval,
      rings: this.#logger.rings(nowMs),
    };
    return { logs, sources, state };
  }

  /** For a slot that another device is to have, and that nothing counts in now. */
  clearSlot(slot: number): void {
    // First, since records that are still on their way belong to the device before.
    this.#logger.clearSlot(slot);
    this.#sources.clearSlot(slot);
    this.#collector.clearSlot(slot);
  }

  /** The main thread has written so many rows. */
  written(rows: number): void {
    this.#rows?.written(rows);
  }

  close(): void {
    this.#logger.close();
  }

  #openRing(kernel: Kernel, cpu: number): PerfEventRing | undefined {
    const wantedBytes = this.#options.ringSizeBytes ?? ringSizeBytes(kernel.possibleCpus.length);
    try {
      const opened = kernel.openRing(cpu, wantedBytes);
      const { sizeBytes } = opened.ring;
      if (sizeBytes <= wantedBytes / 2) {
        this.#warnOnce(
          'the kernel grants smaller rings than asked for, so packets are lost sooner when the exporter is late; ' +
            'grant CAP_IPC_LOCK, or raise kernel.perf_event_mlock_kb',
          { wanted_bytes: wantedBytes, bytes: sizeBytes },
        );
      }
      return opened;
    } catch (error) {
      this.#warnOnce(errorMessage(error), { cpu });
      return undefined;
    }
  }

  /** It would be the same for each CPU, and again at every rescan. */
  #warnOnce(message: string, fields: LogFields): void {
    if (!this.#warned.has(message)) {
      this.#warned.add(message);
      this.#log.warn(message, fields);
    }
  }

  #sinkOf(cpu: number): RecordSink {
    const sources = this.#sources;
    const rows = this.#rows?.sinkOf(cpu);
    if (rows === undefined) {
      return sources;
    }
    return {
      take(words, mask, firstWord, count, firstTimeWord) {
        sources.take(words, mask, firstWord, count);
        rows.take(words, mask, firstWord, count, firstTimeWord);
      },
    };
  }
}
