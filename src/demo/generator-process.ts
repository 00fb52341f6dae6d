// SPDX-License-Identifier: Apache-2.0
// The traffic generator as a child process. It ends with this process, however this one ends: see generator/stop.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ExporterError } from '../errors.ts';
import type { GeneratorOptions } from '../generator/options.ts';
import type { GeneratorResult } from '../generator/run.ts';
import { NO_DEBUGGER } from '../node-flags.ts';

const ENTRY = fileURLToPath(new URL('../generator/generate.js', import.meta.url));

/** Beyond this it is stuck, and is killed. It takes about 50 ms, and half a second where frames vanished. */
const STOP_TIMEOUT_MS = 5_000;

/** What is kept of the child's output: the last lines matter. */
const OUTPUT_CHARS = 64 * 1024;

/** Whoever starts it stops it. */
export interface GeneratorProcess {
  /** undefined where the process could not be started. */
  readonly pid: number | undefined;
  /** Resolves when it has sent all that it was asked to; rejects with what it wrote to stderr. */
  readonly done: Promise<GeneratorResult>;
  /** Ends it early, or waits for its end; resolves to the exact count all the same. May be called again. */
  stop(): Promise<GeneratorResult>;
}

/** @param entry the compiled program; a test may give another */
export function startGenerator(options: GeneratorOptions, entry: string = ENTRY): GeneratorProcess {
  // Nothing is written to its stdin: when that closes, because we stop it or are gone, the child ends. Unlike a
  // signal this also works before the child listens; so Ctrl-C must not reach it, which goes to a whole group.
  const child = spawn(process.execPath, [...NO_DEBUGGER, entry, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => {});
  const done = readResult(child);
  // A caller that only stops it later learns of a failure then.
  done.catch(() => {});
  return {
    pid: child.pid,
    done,
    async stop() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      return done.finally(() => clearTimeout(timer));
    },
  };
}

function readResult(child: ChildProcess): Promise<GeneratorResult> {
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => {
      reject(new ExporterError(`start traffic generator: ${cause.message}`, { cause }));
    });
    child.on('close', (code, signal) => {
      const lastLine = stdout().trimEnd().split('\n').at(-1) ?? '';
      if (code === 0 && lastLine !== '') {
        resolve(JSON.parse(lastLine) as GeneratorResult);
      } else {
        const reason = reasonIn(stderr()) || `it ended with ${signal ?? `code ${code}`}`;
        reject(new ExporterError(`generate traffic: ${reason}`));
      }
    });
  });
}

/** The generator says one line. Where Node cannot load it, one line of many names the file. */
function reasonIn(stderr: string): string {
  const [, missing] = /^Error \[ERR_MODULE_NOT_FOUND\]: (.*)$/m.exec(stderr) ?? [];
  return missing === undefined ? stderr.trim() : `${missing}; reinstall xdp-exporter`;
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  let text = '';
  stream?.on('data', (chunk) => {
    text = `${text}${chunk}`.slice(-OUTPUT_CHARS);
  });
  return () => text;
}
