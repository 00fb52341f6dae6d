// SPDX-License-Identifier: Apache-2.0
// The process: streams, signals, the chosen command, the exit code.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { errorMessage, exitCodeOf, failToLoad } from '../errors.ts';
import type { CommandName } from '../options/commands.ts';
import type { CommandContext } from './command.ts';
import { type CommandLine, parseCommandLine } from './command-line.ts';
import { printable } from './printable.ts';
import { Progress } from './progress.ts';

type Run<Name extends CommandName> = (context: CommandContext<Name>) => Promise<void>;

/** Each is loaded only where it is asked for. */
const COMMANDS: { [Name in CommandName]: () => Promise<Run<Name>> } = {
  run: async () => (await import('./run.ts').catch(failToLoad)).runExporter,
  top: async () => (await import('./top.ts').catch(failToLoad)).runTop,
  log: async () => (await import('./packet-log.ts').catch(failToLoad)).runPacketLog,
  devices: async () => (await import('./device-list.ts').catch(failToLoad)).listDevices,
  doctor: async () => (await import('./doctor.ts').catch(failToLoad)).runDoctor,
  completion: async () =>
    (await import('./completion/completion.ts').catch(failToLoad)).runCompletion,
  unpin: async () => (await import('./unpin.ts').catch(failToLoad)).runUnpin,
  demo: async () => (await import('./demo.ts').catch(failToLoad)).runDemoCommand,
};

function readVersion(): string {
  const manifest = readFileSync(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}

/** A command may have SIGHUP do something else than end it. */
let takeHangup: (() => void) | undefined;

/**
 * The first signal asks for an orderly end, the second one ends the process at once: by ourselves, since to the first
 * process of a container a signal without a handler does nothing, signal(7).
 */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const end = (name: 'SIGINT' | 'SIGTERM' | 'SIGQUIT' | 'SIGHUP') => {
    if (stop.signal.aborted) {
      process.exit(128 + constants.signals[name]);
    }
    stop.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGQUIT'] as const) {
    process.on(name, () => end(name));
  }
  process.on('SIGHUP', () => (takeHangup === undefined ? end('SIGHUP') : takeHangup()));
  return stop.signal;
}

/** Of commands that do more than print: they end in order, and take away what they have set up. */
const OUTLIVE_STDOUT: readonly string[] = ['run', 'demo'];

/** A reader that left (`top | head`) ends the process quietly. */
function endWithoutOutput({ code }: NodeJS.ErrnoException): void {
  if (code !== 'EPIPE') {
    process.stderr.write(`xdp-exporter: write standard output: ${code}\n`);
  }
  process.exit(code === 'EPIPE' ? 0 : 1);
}

/** A log that cannot be written ends nothing. */
function guardStreams(): void {
  process.stdout.on('error', endWithoutOutput);
  process.stderr.on('error', () => {});
}

function findTerminal(): Pick<CommandContext<CommandName>, 'terminal'> {
  const { stdin: input, stdout: output } = process;
  const isTerminal = input.isTTY && output.isTTY && process.env['TERM'] !== 'dumb';
  return isTerminal ? { terminal: { input, output } } : {};
}

async function runCommand<Name extends CommandName>(
  line: CommandLine<Name>,
  version: string,
  signal: AbortSignal,
): Promise<void> {
  const progress = new Progress(process.stderr);
  const run = await COMMANDS[line.command]();
  await run({
    ...line,
    version,
    signal,
    onHangup: (take) => {
      takeHangup = take;
    },
    progress,
    log: progress.sink('info', 'logfmt'),
    tell: (text) => process.stderr.write(text),
    isTerminal: process.stdout.isTTY === true,
    write: (text, done) => process.stdout.write(text, done),
    ...findTerminal(),
  });
}

async function main(signal: AbortSignal): Promise<number> {
  guardStreams();
  const version = readVersion();
  try {
    const line = await parseCommandLine(process.argv.slice(2), process.env, version);
    if (line !== undefined) {
      if (OUTLIVE_STDOUT.includes(line.command)) {
        process.stdout.on('error', () => {}).off('error', endWithoutOutput);
      }
      await runCommand(line, version, signal);
    }
    return 0;
  } catch (error) {
    const lines = errorMessage(error).split('\n').map(printable);
    process.stderr.write(`xdp-exporter: ${lines.join('\n')}\n`);
    return exitCodeOf(error);
  }
}

/** From a signal to the end of the process there are 2 s. */
const READER_GRACE_MS = 500;

/** What a pipe has not taken yet would be lost with the process; a reader that is stuck must not hold up a signal. */
async function waitForReader(signal: AbortSignal): Promise<void> {
  const taken = new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  if (!signal.aborted) {
    await Promise.race([taken, once(signal, 'abort')]);
  }
  await Promise.race([taken, delay(READER_GRACE_MS)]);
}

/** Runs the command line to its end, and ends the process with its exit code. Never rejects. */
export async function runProcess(): Promise<never> {
  const signal = stopSignal();
  const exitCode = await main(signal);
  await waitForReader(signal);
  process.exit(exitCode);
}
