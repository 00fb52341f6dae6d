// SPDX-License-Identifier: Apache-2.0
// What a rescan found wrong: told once of each, or the end of a strict run.
import { DeviceDownError, ExporterError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { EngineOptions } from './options.ts';

export class RescanProblems {
  readonly #options: Pick<EngineOptions, 'strict' | 'strictOrigin'>;
  readonly #log: Log;
  #warned: ReadonlySet<string> = new Set();

  constructor(options: Pick<EngineOptions, 'strict' | 'strictOrigin'>, log: Log) {
    this.#options = options;
    this.#log = log;
  }

  /**
   * Warns once of each, and again when it was gone meanwhile.
   * @param ofDevices what keeps single devices down, of which others warn; with `strict` it is a DeviceDownError, too
   */
  tell(problems: readonly string[], ofDevices: readonly string[]): void {
    const { strict, strictOrigin } = this.#options;
    const [first] = [...problems, ...ofDevices];
    if (strict && first !== undefined) {
      const Failure = problems.length === 0 ? DeviceDownError : ExporterError;
      throw new Failure(strictOrigin === undefined ? first : `${first} (${strictOrigin})`);
    }
    for (const problem of new Set(problems)) {
      if (!this.#warned.has(problem)) {
        this.#log.warn(problem);
      }
    }
    this.#warned = new Set(problems);
  }
}
