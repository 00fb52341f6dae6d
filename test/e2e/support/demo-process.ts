// SPDX-License-Identifier: Apache-2.0
// The demo in a process of its own, as a user starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { MAIN } from './exporter-process.ts';
import { until } from './namespace.ts';

export interface DemoProcessOptions {
  readonly address?: string;
  readonly env?: NodeJS.ProcessEnv;
}

export class DemoProcess {
  readonly #child: ChildProcess;
  /** What it has printed. */
  readonly lines: string[] = [];

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout !== null) {
      createInterface({ input: child.stdout }).on('line', (line) => this.lines.push(line));
    }
  }

  /** Resolves when it serves; on a free port and without a control socket unless `options` say otherwise. */
  static async start(
    flags: readonly string[],
    { address = '127.0.0.1:0', env = {} }: DemoProcessOptions = {},
  ): Promise<DemoProcess> {
    const args = [MAIN, 'demo', ...flags, '--web.listen-address', address];
    const child = spawn(process.execPath, args, {
      env: { ...process.env, XDP_EXPORTER_CONTROL_SOCKET: 'off', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const demo = new DemoProcess(child);
    try {
      await until('the demo serves', () => demo.url !== '', 60);
      return demo;
    } catch (error) {
      await demo.close();
      throw error;
    }
  }

  /** Of its metrics; empty before it serves. */
  get url(): string {
    return /^metrics: (\S+)$/m.exec(this.lines.join('\n'))?.[1] ?? '';
  }

  /** Where it counts. */
  get netns(): string {
    return /network namespace "([^"]+)"/.exec(this.lines.join('\n'))?.[1] ?? '';
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Whether it has told of so many moments of its scenario beside the first one, each with the time in front. */
  happens(moments: number): boolean {
    return this.lines.filter((line) => /^\d:\d\d(\.\d)? {2}/.test(line)).length > moments;
  }

  async close(): Promise<void> {
    if (!this.hasEnded) {
      this.#child.kill('SIGINT');
      await once(this.#child, 'exit');
    }
  }
}
