// SPDX-License-Identifier: Apache-2.0
// A worker in place of the engine, for tests of its client: what it does is the first device that it is given.
import { parentPort, workerData } from 'node:worker_threads';
import type { EngineMessage, EngineTask, Request } from '../../../src/engine/messages.ts';

export type Behaviour =
  /** Answers; refuses to add the device "refused". Counts its snapshots in `takenAtMs`. */
  | 'obedient'
  /** Never starts. */
  | 'fatal'
  | 'throws-at-start'
  /** Start, and end at the first command that is not "close". */
  | 'fatal-on-command'
  | 'throws-on-command'
  | 'exits-on-command'
  /** Start, and answer nothing. */
  | 'silent'
  /** Answers after nobody waits any more, with snapshots that are none. */
  | 'late'
  | 'empty-handed';

function post(message: EngineMessage): void {
  parentPort?.postMessage(message);
}

function log(message: string): void {
  post({ kind: 'log', record: { level: 'info', message, fields: { device: 'eth0' } } });
}

const FATAL: EngineMessage = {
  kind: 'fatal',
  failure: { message: 'start the exporter: missing CAP_BPF', exitCode: 2 },
};

let snapshots = 0;

function answer({ id, command }: Request, isEmpty: boolean): void {
  if (command.kind === 'close') {
    log('closing');
    post({ kind: 'answer', id });
    parentPort?.close();
  } else if (command.kind === 'snapshot' && !isEmpty) {
    const snapshot = { takenAtMs: ++snapshots, cpus: [], devices: [], collectors: [] };
    post({ kind: 'answer', id, snapshot });
  } else if (command.kind === 'add-device' && command.name === 'refused') {
    const failure = {
      message: `find device "${command.name}": no such device`,
      exitCode: 1,
    } as const;
    post({ kind: 'refusal', id, failure });
  } else if (command.kind === 'notify') {
    log(`notify ${command.socket} ${command.state}`);
  } else {
    log('name' in command ? `${command.kind} ${command.name}` : command.kind);
    post({ kind: 'answer', id });
  }
}

const REACTIONS: Readonly<Record<string, (request: Request) => void>> = {
  obedient: (request) => answer(request, false),
  'empty-handed': (request) => answer(request, true),
  silent: () => {},
  late(request) {
    if (request.command.kind === 'snapshot' && request.id === 0) {
      setTimeout(() => answer(request, false), 60);
    } else {
      answer(request, false);
    }
  },
  'fatal-on-command': (request) => (isClose(request) ? answer(request, false) : post(FATAL)),
  'throws-on-command'(request) {
    if (!isClose(request)) {
      throw new Error('injected fault');
    }
  },
  'exits-on-command': (request) => isClose(request) || process.exit(3),
};

function isClose({ command }: Request): boolean {
  return command.kind === 'close';
}

const task = workerData as EngineTask;
const behaviour = task.kind === 'run' ? task.options.selection.include[0] : undefined;
const react = REACTIONS[behaviour ?? ''];
log('starting');
if (behaviour === 'throws-at-start') {
  throw new Error('injected fault');
} else if (react === undefined) {
  post(FATAL);
} else {
  parentPort?.on('message', react);
  post({ kind: 'started' });
}
