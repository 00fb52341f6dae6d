// SPDX-License-Identifier: Apache-2.0
// The engine thread's entry: every call into the kernel is made here, and only messages leave.
import { parentPort, workerData } from 'node:worker_threads';
import { enterNetNamespace } from '../bpf/net-namespace.ts';
import { errorMessage, exitCodeOf } from '../errors.ts';
import { createLogger } from '../log.ts';
import { requireCapabilities } from './capabilities.ts';
import { describeDevices, openKernel } from './kernel.ts';
import type { EngineMessage, EngineOptions, EngineTask, Failure, Request } from './messages.ts';
import { Session } from './session.ts';

const port = parentPort;
if (port === null) {
  throw new Error('start engine: it runs in a worker thread only');
}

function post(message: EngineMessage): void {
  port?.postMessage(message);
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
  const session = new Session(openKernel(options), options, log);
  const fail = (error: unknown) => {
    clearInterval(rescans);
    session.close();
    post({ kind: 'fatal', failure: failureOf(error) });
    port?.close();
  };
  const rescans = setInterval(() => {
    try {
      session.rescan();
    } catch (error) {
      fail(error);
    }
  }, options.rescanIntervalMs);
  port?.on('message', ({ id, command }: Request) => {
    try {
      if (command.kind === 'close') {
        clearInterval(rescans);
        session.close();
        post({ kind: 'answer', id });
        port.close();
        return;
      }
      const snapshot = session.obey(command);
      post({ kind: 'answer', id, ...(snapshot === undefined ? {} : { snapshot }) });
    } catch (error) {
      post({ kind: 'refusal', id, failure: failureOf(error) });
    }
  });
  try {
    session.rescan();
    post({ kind: 'started' });
  } catch (error) {
    fail(error);
  }
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
