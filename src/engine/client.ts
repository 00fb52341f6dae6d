// SPDX-License-Identifier: Apache-2.0
// The main thread's handle on the engine thread: commands as promises, and one way to learn that it died.
import { Worker } from 'node:worker_threads';
import { ExporterError, errorMessage } from '../errors.ts';
import type { DeviceSelection } from '../instruments/selection.ts';
import type { LogRecord } from '../log.ts';
import { type PacketRows, packetCount } from '../snapshot/packet.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type {
  Command,
  DeviceDescription,
  EngineMessage,
  EngineOptions,
  EngineTask,
  Failure,
  Request,
} from './messages.ts';

/** An engine that does not answer for so long is stuck; a scrape must not wait longer than Prometheus does. */
const ANSWER_TIMEOUT_MS = 5_000;

/** A close must leave time to end the process within 2 s of a signal. */
const CLOSE_TIMEOUT_MS = 1_000;

/**
 * Of the engine's own heap: its tables and rings are outside of it. What it makes for a snapshot is short-lived,
 * and a small nursery keeps it from taking room that only waits for the next one.
 */
const HEAP_LIMITS = { maxYoungGenerationSizeMb: 2, maxOldGenerationSizeMb: 128 } as const;

/** The id of a command that nobody waits for. */
const NO_ANSWER = -1;

/** An error from beyond the border, with its own exit code. */
class EngineError extends ExporterError {
  override readonly name = 'EngineError';
  override readonly exitCode: Failure['exitCode'];

  constructor({ message, exitCode }: Failure) {
    super(message);
    this.exitCode = exitCode;
  }
}

interface Waiting {
  readonly resolve: (snapshot: Snapshot | undefined) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export interface EngineClientOptions {
  readonly log: (record: LogRecord) => void;
  /**
   * Takes rows of packets, which may come before `start` has resolved. `done` is to be called when they are dealt with:
   * the engine may then send as many more.
   */
  readonly packets?: (rows: PacketRows, done: () => void) => void;
  /** The worker's module; a test may give another. */
  readonly entry?: URL;
  readonly answerTimeoutMs?: number;
}

export class EngineClient {
  readonly #worker: Worker;
  readonly #answerTimeoutMs: number;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  #closing: Promise<void> | undefined;
  #ended = false;
  #failure: Error | undefined;
  #reading: Promise<Snapshot> | undefined;
  /** Rejects, once, when the engine ends without having been asked to. */
  readonly failed: Promise<never>;

  private constructor(worker: Worker, options: EngineClientOptions) {
    this.#worker = worker;
    this.#answerTimeoutMs = options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS;
    this.failed = new Promise((_, reject) => {
      const fail = (error: Error) => {
        this.#failure ??= error;
        this.#rejectAll(error);
        if (this.#closing === undefined) {
          reject(error);
        }
      };
      worker.on('error', (error) =>
        fail(new ExporterError(`run engine thread: ${errorMessage(error)}`, { cause: error })),
      );
      worker.on('exit', (code) => {
        this.#ended = true;
        fail(new ExporterError(`run engine thread: it ended with code ${code}`));
      });
      worker.on('message', (message: EngineMessage) => {
        if (message.kind === 'fatal') {
          fail(new EngineError(message.failure));
        }
        this.#settle(message);
        if (message.kind === 'log') {
          options.log(message.record);
        }
        if (message.kind === 'packets') {
          const rows = packetCount(message.rows);
          options.packets?.(message.rows, () => this.#tell({ kind: 'written', rows }));
        }
      });
    });
    // Whoever awaits `failed` sees it; a client that nobody watches any more must not end the process.
    this.failed.catch(() => {});
  }

  /** Resolves when the engine has tried every device; rejects, with its exit code, where it cannot run. */
  static async start(options: EngineOptions, client: EngineClientOptions): Promise<EngineClient> {
    const worker = startWorker({ kind: 'run', options }, client.entry);
    const engine = new EngineClient(worker, client);
    const started = new Promise<void>((resolve) => {
      worker.on('message', (message: EngineMessage) => {
        if (message.kind === 'started') {
          resolve();
        }
      });
    });
    await Promise.race([started, engine.failed]);
    return engine;
  }

  /** One read of the kernel; concurrent callers share the one in flight. */
  snapshot(): Promise<Snapshot> {
    this.#reading ??= this.#request({ kind: 'snapshot' })
      .then(requireSnapshot)
      .finally(() => {
        this.#reading = undefined;
      });
    return this.#reading;
  }

  /** Has the engine write to the service manager's socket; what comes of it, the engine logs. */
  notify(socket: string, state: string): void {
    this.#tell({ kind: 'notify', socket, state });
  }

  /** Resolves when the engine has looked for the devices of the new selection; those of it that are down, it logs. */
  async select(selection: DeviceSelection): Promise<void> {
    await this.#request({ kind: 'select', selection });
  }

  /** Detaches everything and reads what is left: the last snapshot, when nothing is under way any more. */
  async finish(): Promise<Snapshot> {
    return requireSnapshot(await this.#request({ kind: 'finish' }));
  }

  /** Detaches everything. An engine that does not answer is ended all the same: the kernel then detaches. */
  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    if (!this.#ended) {
      await this.#request({ kind: 'close' }, CLOSE_TIMEOUT_MS).catch(() => {});
      await this.#worker.terminate();
    }
  }

  #tell(command: Command): void {
    this.#worker.postMessage({ id: NO_ANSWER, command } satisfies Request);
  }

  #request(command: Command, timeoutMs = this.#answerTimeoutMs): Promise<Snapshot | undefined> {
    if (this.#failure !== undefined) {
      return Promise.reject(this.#failure);
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        const seconds = timeoutMs / 1000;
        reject(new ExporterError(`ask engine for ${command.kind}: no answer within ${seconds} s`));
      }, timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#worker.postMessage({ id, command } satisfies Request);
    });
  }

  #settle(message: EngineMessage): void {
    if (message.kind !== 'answer' && message.kind !== 'refusal') {
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    clearTimeout(waiting?.timer);
    if (message.kind === 'answer') {
      waiting?.resolve(message.snapshot);
    } else {
      waiting?.reject(new EngineError(message.failure));
    }
  }

  #rejectAll(error: Error): void {
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#waiting.clear();
  }
}

function requireSnapshot(snapshot: Snapshot | undefined): Snapshot {
  if (snapshot === undefined) {
    throw new ExporterError('read snapshot: the engine answered without one');
  }
  return snapshot;
}

function startWorker(task: EngineTask, entry = new URL('./engine.js', import.meta.url)): Worker {
  return new Worker(entry, { workerData: task, name: 'engine', resourceLimits: HEAP_LIMITS });
}

/** The devices of the namespaces with their drivers and modes, for a user who has yet to choose. */
export function describeDevices(netns: readonly string[]): Promise<readonly DeviceDescription[]> {
  const worker = startWorker({ kind: 'describe', netns });
  return new Promise((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', (code) =>
      reject(new ExporterError(`list devices: the engine thread ended with code ${code}`)),
    );
    worker.on('message', (message: EngineMessage) => {
      if (message.kind === 'described') {
        resolve(message.devices);
      } else if (message.kind === 'fatal') {
        reject(new EngineError(message.failure));
      }
    });
  });
}
