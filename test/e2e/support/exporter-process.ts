// SPDX-License-Identifier: Apache-2.0
// The real binary in a process of its own, as a user starts it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseExposition, type Samples } from './exposition.ts';

export const MAIN = fileURLToPath(new URL('../../../src/main.js', import.meta.url));

const LISTEN_ADDRESS = '--web.listen-address';

/** A process that hangs must fail its test, not the run. */
const TIMEOUT_MS = 60_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Before the script: node's own flags. */
  readonly nodeFlags?: readonly string[];
  readonly main?: string;
  /** In front of node, such as ["setpriv", "--reuid", "65534"]. */
  readonly wrapper?: readonly string[];
  readonly timeoutMs?: number;
  /** A descriptor for standard output; it is read otherwise. */
  readonly stdout?: number;
}

function spawnMain(args: readonly string[], options: SpawnOptions): ChildProcess {
  const { wrapper = [], nodeFlags = [], main = MAIN, env = {} } = options;
  const [command = process.execPath, ...rest] = [
    ...wrapper,
    process.execPath,
    ...nodeFlags,
    main,
    ...args,
  ];
  const { NODE_V8_COVERAGE: _coverage, ...inherited } = process.env;
  return spawn(command, rest, {
    // Each test has the socket that it asks for, and none meets the exporter of the machine.
    env: { ...inherited, XDP_EXPORTER_CONTROL_SOCKET: 'off', ...env },
    stdio: ['ignore', options.stdout ?? 'pipe', 'pipe'],
  });
}

/** Runs to the end. */
export async function runMain(args: readonly string[], options: SpawnOptions = {}): Promise<Ended> {
  const child = spawnMain(args, options);
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? TIMEOUT_MS);
  const [code, signal] = await once(child, 'close');
  clearTimeout(timer);
  return { code, signal, stdout, stderr };
}

export class ExporterProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly url: string;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  private constructor(child: ChildProcess, url: string, lines: string[]) {
    this.#child = child;
    this.url = url;
    this.#lines = lines;
    this.ended = new Promise((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** Resolves when it serves; on a free port unless `args` say otherwise. */
  static async start(
    args: readonly string[],
    options: SpawnOptions = {},
  ): Promise<ExporterProcess> {
    const address = args.includes(LISTEN_ADDRESS) ? [] : [LISTEN_ADDRESS, '127.0.0.1:0'];
    const child = spawnMain(['run', ...address, ...args], options);
    const lines: string[] = [];
    const url = await new Promise<string>((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`exporter ${why}:\n${lines.join('\n')}`));
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        fail('did not serve in time');
      }, options.timeoutMs ?? TIMEOUT_MS);
      child.once('exit', (code) => {
        clearTimeout(timer);
        fail(`exited with ${code}`);
      });
      createInterface({ input: child.stderr as NodeJS.ReadableStream }).on('line', (line) => {
        lines.push(line);
        const match = /msg"?[=:]"?serving"?[ ,]"?url"?[=:]"?([^\s"]+)/.exec(line);
        if (match?.[1] !== undefined) {
          clearTimeout(timer);
          resolve(match[1]);
        }
      });
    });
    child.removeAllListeners('exit');
    return new ExporterProcess(child, url, lines);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it has logged until now. */
  get log(): string {
    return this.#lines.join('\n');
  }

  async scrape(): Promise<Samples> {
    return parseExposition(await this.get('metrics'));
  }

  /** The body of a path beside the metrics. @param accept the header of that name */
  async get(path: string, accept = '*/*'): Promise<string> {
    const response = await fetch(new URL(path, this.url), {
      headers: { accept },
      signal: AbortSignal.timeout(10_000),
    });
    return response.text();
  }

  async kill(signal: NodeJS.Signals): Promise<{ code: number | null; signal: string | null }> {
    this.#child.kill(signal);
    return this.ended;
  }

  /** For `after` hooks: ends it however it is. */
  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      await this.kill('SIGKILL');
    }
  }
}
