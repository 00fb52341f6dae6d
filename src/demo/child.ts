// SPDX-License-Identifier: Apache-2.0
// A program of ours as a child process. It ends with this process, however this one ends: see generator/stop.ts.
import { type ChildProcess, spawn } from 'node:child_process';
import { ExporterError } from '../errors.ts';
import { NO_DEBUGGER } from '../node-flags.ts';

/** Beyond this it is stuck, and is killed. It takes about 50 ms, and half a second where frames vanished. */
const STOP_TIMEOUT_MS = 5_000;

/** What is kept of the child's output: the last lines matter. */
const OUTPUT_CHARS = 64 * 1024;

/** Whoever starts it stops it. */
export interface Child {
  /** undefined where the process could not be started. */
  readonly pid: number | undefined;
  /** What it wrote first to stdout; rejects as `done` does where it ends before. */
  readonly firstLine: Promise<string>;
  /** What it wrote last to stdout when it has ended well; rejects with what it wrote to stderr. */
  readonly done: Promise<string>;
  /** Ends it early, or waits for its end; resolves as `done` does all the same. May be called again. */
  stop(): Promise<string>;
}

/** @param verb what it does, and the beginning of each complaint: "generate traffic" */
export function startChild(verb: string, entry: string, options: object): Child {
  // Nothing is written to its stdin: when that closes, because we stop it or are gone, the child ends. Unlike a
  // signal this also works before the child listens; so Ctrl-C must not reach it, which goes to a whole group.
  const child = spawn(process.execPath, [...NO_DEBUGGER, entry, JSON.stringify(options)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  });
  child.stdin.on('error', () => {});
  const done = readLastLine(verb, child);
  const firstLine = Promise.race([readFirstLine(child), done]);
  // A caller that only stops it later learns of a failure then.
  done.catch(() => {});
  firstLine.catch(() => {});
  return {
    pid: child.pid,
    firstLine,
    done,
    async stop() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      return done.finally(() => clearTimeout(timer));
    },
  };
}

function readFirstLine({ stdout }: ChildProcess): Promise<string> {
  const text = collect(stdout);
  return new Promise((resolve) => {
    stdout?.on('data', () => {
      const [line = '', ...rest] = text().split('\n');
      if (rest.length > 0) {
        resolve(line);
      }
    });
  });
}

function readLastLine(verb: string, child: ChildProcess): Promise<string> {
  const stdout = collect(child.stdout);
  const stderr = collect(child.stderr);
  return new Promise((resolve, reject) => {
    child.on('error', (cause) => {
      reject(new ExporterError(`${verb}: start process: ${cause.message}`, { cause }));
    });
    child.on('close', (code, signal) => {
      const lastLine = stdout().trimEnd().split('\n').at(-1) ?? '';
      if (code === 0 && lastLine !== '') {
        resolve(lastLine);
      } else {
        const reason = reasonIn(stderr()) || `it ended with ${signal ?? `code ${code}`}`;
        reject(new ExporterError(`${verb}: ${reason}`));
      }
    });
  });
}

/** A child says one line. Where Node cannot load it, one line of many names the file. */
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
