// SPDX-License-Identifier: Apache-2.0
// A wall clock that a test sets while a process runs: libfaketime in that process, and nothing else is touched.
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const LIBRARIES = '/usr/lib';
const LIBRARY = 'faketime/libfaketimeMT.so.1';

export class SettableClock {
  readonly #folder = mkdtempSync(join(tmpdir(), 'xdp-clock-'));
  #offsetSeconds = 0;

  constructor() {
    this.step(0);
  }

  /** For the process whose clock it is to be. Monotonic clocks stay as they are. */
  get env(): NodeJS.ProcessEnv {
    return {
      LD_PRELOAD: findLibrary(),
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
  }

  /** Sets it forward, or back where `seconds` are negative. */
  step(seconds: number): void {
    this.#offsetSeconds += seconds;
    const sign = this.#offsetSeconds < 0 ? '' : '+';
    writeFileSync(this.#file, `${sign}${this.#offsetSeconds}`);
  }

  /** What the process takes for the time, ms since 1970. */
  now(): number {
    return Date.now() + this.#offsetSeconds * 1000;
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#folder, 'offset');
  }
}

function findLibrary(): string {
  const folder = readdirSync(LIBRARIES).find((name) => existsSync(join(LIBRARIES, name, LIBRARY)));
  if (folder === undefined) {
    throw new Error(`find ${LIBRARY}: not in ${LIBRARIES}; install libfaketime`);
  }
  return join(LIBRARIES, folder, LIBRARY);
}
