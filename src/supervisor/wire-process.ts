// SPDX-License-Identifier: Apache-2.0
// A process that this one spawns without rights, and how it is known to have ended: the wire, and what checks passwords for it.
import { spawn } from 'node:child_process';
import { type Duplex, PassThrough, type Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { CHANNEL_FD, FIRST_SOCKET_FD } from '../border/descriptors.ts';
import type { Isolation } from '../catalogue/process-families.ts';
import { LifeLine } from '../kernel/life-line.ts';
import { SocketPair } from '../kernel/socket-pair.ts';
import { withholdDescriptors, withholdRights } from '../kernel/spawn-rights.ts';
import { wireCommand } from './command.ts';
import { wireEnvironment } from './environment.ts';
import { WIRE_USER } from './isolation.ts';

export interface WireProcess {
  readonly pid: number;
  readonly channel: Duplex;
  /** Resolves when it is gone, to why: "exit code 1: the last line that it wrote". */
  readonly ended: Promise<string>;
  /** At once, also where it is stopped or stuck, or belongs to another user. */
  kill(): void;
}

export interface SpawnOptions {
  /** The module that it runs. */
  readonly entry: string;
  readonly isolation: Isolation;
  /** Descriptors that it inherits from `FIRST_SOCKET_FD` on. */
  readonly sockets: readonly number[];
  /** The module that checks passwords for it, in a process beside it; its stream to that follows the sockets. */
  readonly passwordsEntry?: string | undefined;
}

interface ConfinedOptions extends Pick<SpawnOptions, 'entry' | 'isolation' | 'sockets'> {
  /** Its channel is a socket that is there already, or else a pair of pipes to us. */
  readonly channel: number | 'pipe';
}

/** Between the end of the wire and that of what checks passwords for it. */
const CHECKER_GRACE_MS = 100;

/** What is kept of what it writes to standard error. */
const MAX_SAID_CHARACTERS = 4_096;

/** Throws a SystemError where the kernel refuses to withhold rights, and what `spawn` throws where it refuses the user. */
export function spawnWire({ passwordsEntry, sockets, ...options }: SpawnOptions): WireProcess {
  if (passwordsEntry === undefined) {
    return spawnConfined({ ...options, sockets, channel: 'pipe' });
  }
  const { isolation } = options;
  const pair = new SocketPair();
  const [near, far] = pair.fds;
  let checker: WireProcess | undefined;
  try {
    checker = spawnConfined({ entry: passwordsEntry, isolation, sockets: [], channel: far });
    const wire = spawnConfined({ ...options, sockets: [...sockets, near], channel: 'pipe' });
    return endTogether(wire, checker);
  } catch (error) {
    checker?.kill();
    throw error;
  } finally {
    pair.close();
  }
}

/** Each ends when the stream between them does. */
function endTogether(wire: WireProcess, checker: WireProcess): WireProcess {
  const ended = wire.ended.then(async (end) => {
    const graceOver = delay(CHECKER_GRACE_MS, undefined, { ref: false });
    const cause = await Promise.race([checker.ended, graceOver]);
    checker.kill();
    // One that follows the wire has nothing to say of it.
    return cause === undefined || cause === 'exit code 0'
      ? end
      : `${end} (what checks passwords: ${cause})`;
  });
  return { ...wire, ended };
}

function spawnConfined(options: ConfinedOptions): WireProcess {
  withholdRights();
  withholdDescriptors();
  const line = new LifeLine();
  try {
    const child = spawnOn(line.fd, options);
    const said = lastLine(child.stderr);
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => {
        const end = signal ?? `exit code ${code}`;
        resolve(said() === '' ? end : `${end}: ${said()}`);
      });
    });
    void ended.then(() => line.cut());
    if (child.pid !== undefined) {
      line.tie(child.pid);
    }
    // Without a process there are no streams: what ends at once says the same.
    const channel = (child.stdio?.[CHANNEL_FD] as Duplex | null) ?? new PassThrough().destroy();
    return { pid: child.pid ?? 0, channel, ended, kill: () => line.cut() };
  } catch (error) {
    line.cut();
    throw error;
  }
}

function spawnOn(lineFd: number, { entry, isolation, sockets, channel }: ConfinedOptions) {
  const isUser = isolation === 'user';
  const { cwd, args } = wireCommand(entry, isUser);
  const stdio: (number | 'ignore' | 'pipe')[] = [lineFd, 'ignore', 'pipe'];
  stdio[CHANNEL_FD] = channel;
  for (const [index, socket] of sockets.entries()) {
    stdio[FIRST_SOCKET_FD + index] = socket;
  }
  // The very program that runs here, even where the way to it is closed to the other user.
  return spawn('/proc/self/exe', args, {
    argv0: process.execPath,
    cwd,
    env: wireEnvironment(process.env),
    stdio,
    ...(isUser ? { uid: WIRE_USER, gid: WIRE_USER } : {}),
  });
}

/** What a dying process says of itself, as far as one line holds it. */
function lastLine(output: Readable | null): () => string {
  let said = '';
  output?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-MAX_SAID_CHARACTERS);
  });
  return () => {
    const lines = said.split('\n').filter((line) => line.trim() !== '');
    // The line that names the error is not the last one: stack and version follow.
    return (
      lines.findLast((line) => /^\w*(Error|FATAL ERROR)\b/.test(line)) ??
      lines.at(-1) ??
      ''
    ).trim();
  };
}
