// SPDX-License-Identifier: Apache-2.0
// The engine thread's entry: every call into the kernel is made here, and only messages leave.
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { errorMessage, exitCodeOf } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { PacketRows } from '../snapshot/packet.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { requireCapabilities } from './capabilities.ts';
import { describeDevices } from './device-list.ts';
import { openKernel } from './kernel.ts';
import type { EngineMessage, EngineOptions, EngineTask, Failure, Request } from './messages.ts';
import { createNotifier } from './notifier.ts';
import { RescanPace } from './rescan-pace.ts';
import { Session, TURN_INTERVAL_MS } from './session.ts';

/** From the detaching of the last program to the last look at what it left: some turns. */
const SETTLE_MS = 50;

/** How often it asks whether devices or routes have changed: a burst of changes costs one rescan. */
const CHANGE_INTERVAL_MS = 100;

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

function describe(netns: readonly string[]): void {
  post({ kind: 'described', devices: describeDevices(netns) });
  port?.close();
}

function run(options: EngineOptions): void {
  requireCapabilities(options.netns.length > 0);
  const log = createLogger((record) => post({ kind: 'log', record }));
  const session = new Session(openKernel(options), options, log, postRows);
  const notify = createNotifier(log);
  const timers: NodeJS.Timeout[] = [];
  const stop = () => {
    for (const timer of timers) {
      clearInterval(timer);
    }
    session.close();
  };
  const guard = (work: () => void) => {
    try {
      work();
    } catch (error) {
      post({ kind: 'fatal', failure: failureOf(error) });
      stop();
      port?.close();
    }
  };
  const every = (milliseconds: number, work: () => void) => {
    timers.push(setInterval(() => guard(work), milliseconds));
  };
  const pace = new RescanPace(options.rescanIntervalMs);
  const rescan = () => {
    const lookMs = session.rescan();
    pace.looked(performance.now(), lookMs);
  };
  port?.on('message', ({ id, command }: Request) => {
    try {
      switch (command.kind) {
        case 'close':
          stop();
          answer(id);
          port?.close();
          break;
        case 'finish':
          session.finish();
          // Not after a close: there is nothing left to read then.
          timers.push(setTimeout(() => guard(() => answer(id, session.snapshot())), SETTLE_MS));
          break;
        case 'notify':
          notify(command);
          break;
        case 'written':
          session.written(command.rows);
          break;
        case 'select':
          session.select(command.selection);
          guard(rescan);
          answer(id);
          break;
        case 'snapshot':
          answer(id, session.snapshot());
      }
    } catch (error) {
      post({ kind: 'refusal', id, failure: failureOf(error) });
    }
  });
  guard(() => {
    rescan();
    every(CHANGE_INTERVAL_MS, () => {
      if (pace.isDue(performance.now(), () => session.changed())) {
        rescan();
      }
    });
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
