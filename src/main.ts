#!/usr/bin/env node
// SPDX-License-Identifier: Apache-2.0
// The entry: what must hold before anything else is loaded, and a line that says why it could not be loaded.
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { loadingOption } from './node-options.ts';

// Without a handler Node answers SIGUSR1 by opening its debugger on a port.
process.on('SIGUSR1', () => {});

// Loading modules would let the nursery grow to many megabytes, and what an engine makes afterwards fits into one. Given
// on the command line the flag has no effect.
setFlagsFromString('--semi-space-growth-factor=1');

/** Node remembers the directory from here on, and yargs asks for it. */
function requireWorkingDirectory(): void {
  try {
    process.cwd();
  } catch {
    // It has been deleted.
    process.chdir('/');
  }
}

/** About 40 for Node, libbpf and the rings' wake-ups, 64 for connections; loading the modules takes 60 at once. */
const MIN_OPEN_FILES = 128;

function fail(message: string, exitCode: 1 | 2): never {
  process.stderr.write(`xdp-exporter: ${message}\n`);
  process.exit(exitCode);
}

/** The hard limit, to which Node has raised the soft one; undefined where it is unlimited or unknown. */
function readOpenFilesLimit(): number | undefined {
  try {
    const [, limit] =
      /^Max open files +(\d+) /m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}

function requireOpenFiles(): void {
  const limit = readOpenFilesLimit();
  if (limit !== undefined && limit < MIN_OPEN_FILES) {
    fail(
      `check the limit of open files: "${limit}" is below ${MIN_OPEN_FILES}; raise it (ulimit -n 1024, or LimitNOFILE= in systemd)`,
      2,
    );
  }
}

/** By then it has been loaded: this keeps an agent for all of a machine's Node.js from staying in here unnoticed. */
function requireOwnCode(): void {
  const option = loadingOption(process.env['NODE_OPTIONS']);
  if (option !== undefined) {
    fail(
      `check NODE_OPTIONS: "${option}" loads code that is not the exporter's into a process that can read the machine's memory; leave it out`,
      2,
    );
  }
}

requireOwnCode();
requireWorkingDirectory();
requireOpenFiles();
try {
  const { runProcess } = await import('./cli/process.ts');
  await runProcess();
} catch (error) {
  const { describeLoadFailure } = await import('./load-failure.ts');
  fail(describeLoadFailure(error), 1);
}
