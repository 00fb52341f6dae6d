// SPDX-License-Identifier: Apache-2.0
// The engine thread's entry: every call into the kernel is made here, and only messages leave.
import { parentPort, workerData } from 'node:worker_threads';
import { errorMessage, exitCodeOf } from '../errors.ts';
import { enterNetNamespace } from '../kernel/net-namespace.ts';
import { createLogger } from '../log.ts';
import type { PacketRows } from '../snapshot/packet.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { requireCapabilities } from './capabilities.ts';
import { describeDevices, openKernel } from './kernel.ts';
import type { EngineMessage, EngineOptions, EngineTask, Failure, Request } from './messages.ts';
import { createNotifier } from './notifier.ts';
import { Session, TURN_INTERVAL_MS } from './session.ts';

/** From the detaching of the last program to the last look at what it left: some turns. */
const SETTLE_MS = 50;

const port = parentPort;
if (port === null) {
  throw new Error('start engine: it runs in a worker thread only');
}

function post(message: EngineMessage): void {
  port?.postMessage(message);
}

function postRows(rows: PacketRows): void {
  port?.postMessage({ kind: 'packets', rows } satisfies EngineMessage, [rows.words.buffer]);
}

function answer(id: number, snapshot?: Snapshot): void {
  post({ kind: 'answer', id, ...(snapshot === undefined ? {} : { snapshot }) });
}

function failureOf(error: unknown): Failure {
  return { message: errorMessage(error), exitCode: exitCodeOf(error) };
}

function describe(netns: string | undefined): void {
  if (netns !== undefined) {
    enterNetNamespace(netns);
  }
  post({ kind: 'described', devices: describeDevices() });
  port?.close();
}

function run(options: EngineOptions): void {
  requireCapabilities(options.netns !== undefined);
  if (options.netns !== undefined) {
    enterNetNamespace(options.netns);
  }
  const log = createLogger((record) => post({ kind: 'log', record }));
  const session = new Session(openKernel(options), options, log, postRows);
  const notify = createNotifier(log);
  const timers: NodeJS.Timeout[] = [];
  const stop = () => {
    for (const timer of timers) {
      clearInterval(timer);
    }
    session.close();
    port?.close();
  };
  const guard = (work: () => void) => {
    try {
      work();
    } catch (error) {
      post({ kind: 'fatal', failure: failureOf(error) });
      stop();
    }
  };
  const every = (milliseconds: number, work: () => void) => {
    timers.push(setInterval(() => guard(work), milliseconds));
  };
  port?.on('message', ({ id, command }: Request) => {
    try {
      switch (command.kind) {
        case 'close':
          answer(id);
          stop();
          break;
        case 'finish':
          session.finish();
          setTimeout(() => guard(() => answer(id, session.snapshot())), SETTLE_MS);
          break;
        case 'notify':
          notify(command);
          break;
        default:
          answer(id, session.obey(command));
      }
    } catch (error) {
      post({ kind: 'refusal', id, failure: failureOf(error) });
    }
  });
  guard(() => {
    session.rescan();
    every(options.rescanIntervalMs, () => session.rescanAgain());
    if (options.logger !== undefined) {
      every(TURN_INTERVAL_MS, () => session.turn());
    }
    post({ kind: 'started' });
  });
}

try {
  const task = workerData as EngineTask;
  if (task.kind === 'run') {
    run(task.options);
  } else {
    describe(task.netns);
  }
} catch (error) {
  post({ kind: 'fatal', failure: failureOf(error) });
}
