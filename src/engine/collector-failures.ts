// SPDX-License-Identifier: Apache-2.0
// What collectors throw, logged once and not at every scrape.
import type { CollectorReport } from '../collectors/collector.ts';
import { errorMessage } from '../errors.ts';
import type { Log } from '../log.ts';

export class CollectorFailures {
  readonly #log: Log;
  /** By collector: what it last threw. */
  readonly #messages = new Map<string, string>();

  constructor(log: Log) {
    this.#log = log;
  }

  tell(name: string, error: unknown): void {
    const message = errorMessage(error);
    if (this.#messages.get(name) !== message) {
      this.#messages.set(name, message);
      this.#log.warn(`collect ${name}: ${message}`);
    }
  }

  /** The next failure of those that succeeded is news. */
  forget(reports: readonly CollectorReport[]): void {
    for (const { name, success } of reports) {
      if (success) {
        this.#messages.delete(name);
      }
    }
  }
}
