// SPDX-License-Identifier: Apache-2.0
// Looks every second whether the file of --web.config.file, or one that it names, is another by now.
import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { stampOf } from '../bounded-file.ts';
import { ConfigError, errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';
import { explainReason } from '../reasons.ts';
import { loadWebSecurity } from './load.ts';
import type { WebSecurity } from './web-security.ts';

const INTERVAL_MS = 1_000;

export interface WatchOptions {
  readonly path: string;
  /** What named the file. */
  readonly origin: string;
  readonly log: Log;
  /** A test may look more often. */
  readonly intervalMs?: number;
}

/**
 * Links are followed, so that the swap by which Kubernetes updates a volume is seen. A change takes effect when two looks in a
 * row find the same: a file that is being written is not read. What will not do is said once, and the settings before it
 * stay in force.
 */
export class WebConfigWatch {
  readonly #options: WatchOptions;
  readonly #closed = new AbortController();
  #onChange: (security: WebSecurity) => void = () => {};
  #security: WebSecurity;
  #files: readonly string[];
  /** Of the files when they were read last with success: none yet, for they may have changed since they were read first. */
  #readMark = '';
  /** When they were looked at last. */
  #seenMark = '';
  #problem: string | undefined;

  private constructor(options: WatchOptions, security: WebSecurity, files: readonly string[]) {
    this.#options = options;
    this.#security = security;
    this.#files = files;
  }

  /** Throws a ConfigError where the settings will not do now. */
  static async start(options: WatchOptions): Promise<WebConfigWatch> {
    const files = [options.path];
    const security = await loadWebSecurity(options.path, options.origin, (file) =>
      files.push(file),
    );
    const watch = new WebConfigWatch(options, security, files);
    void watch.#run();
    return watch;
  }

  /** What is in force. */
  get security(): WebSecurity {
    return this.#security;
  }

  /** Whether the files as they are now are what is in force. */
  get isInForce(): boolean {
    return this.#problem === undefined;
  }

  /** @param take is given each change from now on */
  onChange(take: (security: WebSecurity) => void): void {
    this.#onChange = take;
  }

  close(): void {
    this.#closed.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      await delay(this.#options.intervalMs ?? INTERVAL_MS, undefined, { signal, ref: false }).catch(
        () => {},
      );
      if (!signal.aborted) {
        await this.#look();
      }
    }
  }

  async #look(): Promise<void> {
    const mark = await markOf(this.#files);
    const isSettled = mark === this.#seenMark;
    this.#seenMark = mark;
    if (isSettled && mark !== this.#readMark) {
      await this.#read(mark);
    }
  }

  async #read(mark: string): Promise<void> {
    const { path, origin, log } = this.#options;
    const files = [path];
    try {
      const security = await loadWebSecurity(path, origin, (file) => files.push(file));
      if (isOpen(security) && !isOpen(this.#security)) {
        throw new ConfigError(
          `read ${path}:1: it removes TLS and all users; restart the exporter to serve plain HTTP to everybody`,
        );
      }
      const hadProblem = this.#problem !== undefined;
      // A file that is named only now gives another mark at the next look, and is read once more.
      this.#readMark = mark;
      this.#files = files;
      this.#problem = undefined;
      const isOther = !isDeepStrictEqual(security, this.#security);
      if (isOther || hadProblem) {
        const { tls, users } = security;
        log.info('reloaded web configuration', { tls: tls !== undefined, users: users.size });
      }
      if (isOther) {
        this.#security = security;
        this.#onChange(security);
      }
    } catch (error) {
      // It is tried again at each look: a file that it names may come without any other change.
      this.#files = [...new Set([...files, ...this.#files])];
      const problem = errorMessage(error);
      if (problem !== this.#problem) {
        this.#problem = problem;
        log.warn(`reload web configuration: ${explainReason('web_config', problem)}`);
      }
    }
  }
}

function isOpen({ tls, users }: WebSecurity): boolean {
  return tls === undefined && users.size === 0;
}

/** Another for another file, another content or another target of a link. */
async function markOf(files: readonly string[]): Promise<string> {
  const marks = files.map(async (file) => {
    try {
      return stampOf(await stat(file, { bigint: true }));
    } catch (error) {
      return String((error as NodeJS.ErrnoException).code);
    }
  });
  return (await Promise.all(marks)).join(', ');
}
