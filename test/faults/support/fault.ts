// SPDX-License-Identifier: Apache-2.0
// Tells the exporter that was started with ffi-fault which call is to fail, and learns what it called.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SpawnOptions } from '../../e2e/support/exporter-process.ts';
import { until } from '../../e2e/support/namespace.ts';

const MODULE = fileURLToPath(new URL('./ffi-fault.js', import.meta.url));

export interface Fault {
  readonly calls: readonly string[];
  readonly times: 'once' | 'ever';
}

export interface Told {
  /** How often each was called since the last time. */
  readonly calls: Readonly<Record<string, number>>;
  /** How many of them were made to fail. */
  readonly failed: number;
}

/** Whoever makes it closes it. */
export class FaultFile {
  readonly #folder = mkdtempSync(join(tmpdir(), 'xdp-fault-'));
  readonly #path = join(this.#folder, 'fault');

  constructor() {
    this.#set(undefined);
  }

  /** For a process that is to start with that fault. */
  startWith(fault: Fault | undefined): SpawnOptions {
    this.#set(fault);
    rmSync(`${this.#path}.told`, { force: true });
    return { nodeFlags: ['--import', MODULE], env: { XDP_TEST_FAULT: this.#path } };
  }

  /** What was called and failed in a process that has ended. */
  read(): Told {
    return JSON.parse(readFileSync(`${this.#path}.told`, 'utf8')) as Told;
  }

  /** From now on in that process; undefined ends it. Resolves to what was called before, where it still lives. */
  async change(pid: number, fault: Fault | undefined): Promise<Told> {
    this.#set(fault);
    const told = `${this.#path}.told`;
    rmSync(told, { force: true });
    process.kill(pid, 'SIGUSR2');
    await until('the process has taken the fault', () => existsSync(told), 15);
    return this.read();
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }

  #set(fault: Fault | undefined): void {
    writeFileSync(this.#path, fault === undefined ? '' : JSON.stringify(fault));
  }
}
