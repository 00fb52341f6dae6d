// SPDX-License-Identifier: Apache-2.0
// Keeps a wire running: starts it, replaces one that ends or does not answer, and holds what must outlive it.
import { ForeignError } from '../border/border.ts';
import type { FileContents, Reading, WireOptions } from '../border/calls.ts';
import { ownUsage } from '../border/process-usage.ts';
import type { FilesInForce, Isolation } from '../catalogue/process-families.ts';
import { asError, ExporterError, errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { WebSecurity } from '../web-config/web-security.ts';
import { laterCounts, NOTHING_COUNTED } from './accepts.ts';
import { Backoff } from './backoff.ts';
import { type IsolationPlan, WIRE_USER } from './isolation.ts';
import { createLogGate } from './log-gate.ts';
import type { OpenPackets } from './packet-streams.ts';
import {
  EXIT_GRACE_MS,
  keepPinging,
  openWire,
  type RunningWire as Running,
} from './running-wire.ts';
import { WireIsolation } from './wire-isolation.ts';
import type { WireProcess } from './wire-process.ts';

/** What a wire is given to answer before it is ended. */
const ANSWER_LIMIT_MS = 10_000;
const PING_INTERVAL_MS = 2_000;

/** To load its libraries, while the engine may be busy with hundreds of devices. */
const START_LIMIT_MS = 30_000;

/** For the last push, which takes at most 3 s. */
const FINISH_LIMIT_MS = 3_500;

export interface SupervisorOptions<Otlp> {
  /** Asked for each wire, as it is spawned. */
  readonly options: () => Omit<WireOptions<Otlp>, 'counts'>;
  readonly filesInForce: () => FilesInForce;
  readonly plan: IsolationPlan;
  /** A wire loads its libraries before it resolves, and serves only after. Absent: at once. */
  readonly ready?: Promise<unknown>;
  readonly snapshot: () => Snapshot;
  readonly files: () => FileContents;
  readonly openPackets: OpenPackets;
  readonly log: Log;
  /** Starts a process; may throw. */
  readonly spawn: (isolation: Isolation) => WireProcess;
  readonly answerLimitMs?: number;
  readonly pingIntervalMs?: number;
}

export class Supervisor<Otlp> {
  readonly #options: SupervisorOptions<Otlp>;
  readonly #log: Log;
  readonly #backoff = new Backoff();
  readonly #passLog: ReturnType<typeof createLogGate>;
  readonly #startedAtMs = Date.now();
  /** How the first attempt went. */
  readonly #first: Promise<Error | undefined>;
  readonly #isolation: WireIsolation;
  #counts = NOTHING_COUNTED;
  #restarts = 0;
  /** The last one, until it is known to have ended. */
  #wire: Running<Otlp> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closing = false;

  /** Starts the first wire, which loads its libraries while the caller goes on. */
  constructor(options: SupervisorOptions<Otlp>) {
    this.#options = options;
    this.#log = options.log;
    this.#isolation = new WireIsolation(options.plan, options.log);
    this.#passLog = createLogGate(({ level, message, fields }) =>
      this.#log[level](message, fields),
    );
    this.#first = this.#launch();
  }

  /** Resolves when the first wire serves. Rejects where none can. */
  async started(): Promise<void> {
    const { plan } = this.#options;
    if (plan.reason !== undefined) {
      this.#isolation.warn(plan.reason);
    }
    const problem = await this.#first;
    if (problem === undefined) {
      return;
    }
    if (this.#isolation.now !== 'user' || problem instanceof ForeignError) {
      throw problem;
    }
    // It may be the other user who cannot: the files may be closed to him, or the user is not mapped in our namespace.
    this.#isolation.giveUp();
    const second = await this.#launch();
    if (second !== undefined) {
      throw second;
    }
    this.#isolation.warn(`${problem.message}; let user ${WIRE_USER} read the package`);
  }

  /** Has the wire serve by these rules. A wire that starts later is told by its options. */
  secure(security: WebSecurity): void {
    this.#wire?.border.call('secure', security, ANSWER_LIMIT_MS).catch((error: unknown) => {
      // One that has ended is replaced, and the next one is told by its options.
      this.#log[error instanceof ForeignError ? 'error' : 'debug'](
        `secure wire process: ${errorMessage(error)}; the previous settings stay in force`,
      );
    });
  }

  /** Starts another wire, once the one that runs has answered what it was asked. Who connects meanwhile waits. */
  async replace(): Promise<void> {
    const wire = this.#wire;
    if (wire === undefined || this.#closing) {
      return;
    }
    wire.isReplaced = wire.serves;
    if (wire.serves) {
      await wire.border.call('finish', undefined, FINISH_LIMIT_MS).catch(() => {});
    }
    wire.process.kill();
  }

  /**
   * Has the wire push what was read last, and ends it: in time, whatever it does.
   * @param last undefined where nothing can be read any more
   */
  async close(last: Snapshot | undefined): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    const wire = this.#wire;
    if (wire === undefined) {
      return;
    }
    if (wire.serves) {
      const reading = last && this.#reading(last);
      await wire.border.call('finish', reading, FINISH_LIMIT_MS).catch(() => {});
    } else {
      wire.process.kill();
    }
    wire.border.close();
    const timer = setTimeout(() => wire.process.kill(), EXIT_GRACE_MS);
    await wire.process.ended;
    clearTimeout(timer);
  }

  /** The engine has become another user, without rights, for good: the next wire is that user as well. */
  dropped(): void {
    this.#isolation.dropped();
  }

  /** @returns why none serves, or undefined once one does */
  async #launch(): Promise<Error | undefined> {
    let wire: Running<Otlp>;
    try {
      wire = this.#open();
    } catch (cause) {
      return new ExporterError(`start wire process: ${errorMessage(cause)}`, { cause });
    }
    this.#wire = wire;
    const { border, process } = wire;
    void process.ended.then((end) => this.#gone(wire, end));
    try {
      await this.#options.ready;
      const options = { ...this.#options.options(), counts: this.#counts };
      await border.call('start', options, START_LIMIT_MS);
    } catch (error) {
      process.kill();
      const end = await process.ended;
      // What it says of itself is more than that it is gone.
      return (await border.ended) === error
        ? new ExporterError(`run wire process: ${end}`, { cause: error })
        : asError(error);
    }
    wire.serves = true;
    this.#isolation.check(process.pid);
    const { answerLimitMs = ANSWER_LIMIT_MS, pingIntervalMs = PING_INTERVAL_MS } = this.#options;
    keepPinging(border, { answerLimitMs, pingIntervalMs }, (error) => {
      if (wire === this.#wire && !this.#closing) {
        this.#log.debug(`ping wire process: ${errorMessage(error)}`);
        process.kill();
      }
    });
    return undefined;
  }

  #open(): Running<Otlp> {
    const { spawn, openPackets, files, snapshot } = this.#options;
    return openWire(spawn(this.#isolation.now), openPackets, {
      snapshot: (counts) => {
        this.#counts = laterCounts(this.#counts, counts);
        return this.#reading(snapshot());
      },
      files: () => files(),
      log: (record) => this.#passLog(record),
    });
  }

  #gone(wire: Running<Otlp>, end: string): void {
    this.#wire = undefined;
    if (this.#closing) {
      return;
    }
    if (wire.isReplaced) {
      void this.#restart();
    } else if (wire.serves) {
      const message = `the wire process ended: ${end}; counting continues, and the process is restarted`;
      this.#restartAfter(wire.startedAtMs, true, message);
    }
  }

  #restartAfter(startedAtMs: number, served: boolean, message: string): void {
    const delayMs = this.#backoff.delayAfter(performance.now() - startedAtMs, served);
    this.#log.error(message, { delay_ms: delayMs });
    this.#timer = setTimeout(() => {
      this.#restarts++;
      void this.#restart();
    }, delayMs);
  }

  async #restart(): Promise<void> {
    const startedAtMs = performance.now();
    this.#isolation.replace();
    const problem = await this.#launch();
    if (problem !== undefined && !this.#closing) {
      this.#restartAfter(startedAtMs, false, `${problem.message}; it is restarted`);
    }
  }

  #reading(snapshot: Snapshot): Reading {
    return {
      snapshot,
      wire: {
        filesInForce: this.#options.filesInForce(),
        isolation: this.#isolation.now,
        restarts: this.#restarts,
        startedAtMs: this.#startedAtMs,
        privilegesDropped: this.#isolation.hasDropped,
        engine: ownUsage(),
      },
    };
  }
}
