// SPDX-License-Identifier: Apache-2.0
// The engine at work: a session, the timers that drive it, and one way to learn that it failed.
import { setTimeout as delay } from 'node:timers/promises';
import { ExporterError } from '../errors.ts';
import type { DeviceSelection } from '../instruments/selection.ts';
import { createLog, type LogRecord } from '../log.ts';
import { type PacketRows, packetCount } from '../snapshot/packet.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { requireCapabilities } from './capabilities.ts';
import { openKernel } from './kernel.ts';
import type { EngineOptions } from './options.ts';
import { RescanPace } from './rescan-pace.ts';
import { Session, TURN_INTERVAL_MS } from './session.ts';

/** From the detaching of the last program to the last look at what it left: some turns. */
const SETTLE_MS = 50;

/** How often it asks whether devices or routes have changed: a burst of changes costs one rescan. */
const CHANGE_INTERVAL_MS = 100;

/** How often it asks whether a measurement is to begin or to end. */
const MEASURE_INTERVAL_MS = 50;

export interface EngineListeners {
  readonly log: (record: LogRecord) => void;
  /**
   * Takes rows of packets, where the options ask for them. `done` is to be called when they are dealt with: the engine may
   * then hand over as many more.
   */
  readonly packets?: (rows: PacketRows, done: () => void) => void;
  /** Gives the kernel; a test has its own. */
  readonly openKernel?: typeof openKernel;
}

export class Engine {
  readonly #session: Session;
  readonly #takeRows: EngineListeners['packets'];
  readonly #pace: RescanPace;
  readonly #timers: NodeJS.Timeout[] = [];
  /** Rows that wait until the rings have had their turn. */
  readonly #rows: PacketRows[] = [];
  #fail: (error: unknown) => void = () => {};
  #closed = false;
  /** Rejects, once, when a turn or a look at the devices fails: the engine has then closed itself. */
  readonly failed: Promise<never>;

  private constructor(options: EngineOptions, { log, packets, ...others }: EngineListeners) {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever awaits it sees it; one that nobody watches any more must not end the process.
    this.failed.catch(() => {});
    this.#takeRows = packets;
    this.#pace = new RescanPace(options.rescanIntervalMs);
    const kernel = (others.openKernel ?? openKernel)(options);
    this.#session = new Session(kernel, options, createLog(log), (rows) => this.#queue(rows));
  }

  /** Returns when every device has been tried. Throws, with nothing attached, where the engine cannot run. */
  static start(options: EngineOptions, listeners: EngineListeners): Engine {
    requireCapabilities(options.netns.length > 0);
    const engine = new Engine(options, listeners);
    try {
      engine.#run(options);
    } catch (error) {
      engine.close();
      throw error;
    }
    return engine;
  }

  /** One read of the kernel. Throws where the engine has ended: its maps are gone then. */
  snapshot(): Snapshot {
    if (this.#closed) {
      throw new ExporterError('read snapshot: the engine has ended');
    }
    return this.#session.snapshot();
  }

  /** Detaches everything and reads what is left: the last snapshot, when nothing is under way any more. */
  async finish(): Promise<Snapshot> {
    if (!this.#closed) {
      this.#session.finish();
    }
    await delay(SETTLE_MS);
    const last = this.snapshot();
    while (this.#rows.length > 0) {
      this.#handOver();
    }
    return last;
  }

  /** Detaches everything. */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      for (const timer of this.#timers) {
        clearInterval(timer);
      }
      this.#session.close();
    }
  }

  /** Counts on these devices from now on. Returns when each has been tried; those that are down, it logs. */
  select(selection: DeviceSelection): void {
    if (!this.#closed) {
      this.#session.select(selection);
      this.#guard(() => this.#rescan());
    }
  }

  #run({ logger, programCost }: EngineOptions): void {
    const session = this.#session;
    this.#rescan();
    this.#every(CHANGE_INTERVAL_MS, () => {
      if (this.#pace.isDue(performance.now(), () => session.changed())) {
        this.#rescan();
      }
    });
    if (logger !== undefined) {
      this.#every(TURN_INTERVAL_MS, () => session.turn());
    }
    if (programCost !== undefined) {
      this.#every(MEASURE_INTERVAL_MS, () => session.measure());
    }
  }

  #rescan(): void {
    const lookMs = this.#session.rescan();
    this.#pace.looked(performance.now(), lookMs);
  }

  #every(milliseconds: number, work: () => void): void {
    this.#timers.push(setInterval(() => this.#guard(work), milliseconds));
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.close();
      this.#fail(error);
    }
  }

  #queue(rows: PacketRows): void {
    this.#rows.push(rows);
    if (this.#rows.length === 1) {
      setImmediate(() => this.#handOverNext());
    }
  }

  /** One at a time: to print a thousand rows takes longer than a ring can wait. */
  #handOverNext(): void {
    this.#handOver();
    if (this.#rows.length > 0) {
      setImmediate(() => this.#handOverNext());
    }
  }

  #handOver(): void {
    const rows = this.#rows.shift();
    if (rows !== undefined) {
      this.#takeRows?.(rows, () => this.#session.written(packetCount(rows)));
    }
  }
}
