// SPDX-License-Identifier: Apache-2.0
// A worker in place of the engine, for tests of its client: what it does is the first device that it is given.
import { parentPort, workerData } from 'node:worker_threads';
import type { EngineMessage, EngineTask, Request } from '../../../src/engine/messages.ts';
import { PACKET_WORDS } from '../../../src/snapshot/packet.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';

export type Behaviour =
  /** Answers. Counts its snapshots in `takenAtMs`. */
  | 'obedient'
  /** The same, but refuses to finish. */
  | 'restless'
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

function nextSnapshot(): Snapshot {
  return {
    takenAtMs: ++snapshots,
    monotonicMs: 0,
    startedAtMs: 0,
    cpus: [],
    devices: [],
    parts: {},
    collectors: [],
  };
}

function answer({ id, command }: Request, isEmpty = false): void {
  switch (command.kind) {
    case 'close':
      log('closing');
      post({ kind: 'answer', id });
      parentPort?.close();
      break;
    case 'select':
      log(`select ${command.selection.include.join(',')}`);
      post({ kind: 'answer', id });
      break;
    case 'notify':
      log(`notify ${command.socket} ${command.state}`);
      break;
    case 'written':
      log(`written ${command.rows}`);
      break;
    case 'snapshot':
    case 'finish':
      post({ kind: 'answer', id, ...(isEmpty ? {} : { snapshot: nextSnapshot() }) });
  }
}

const REACTIONS: Readonly<Record<string, (request: Request) => void>> = {
  obedient: (request) => answer(request),
  /** Sends two rows before it says that it has started. */
  eager: (request) => answer(request),
  restless(request) {
    if (request.command.kind === 'finish') {
      const failure = { message: 'finish: not yet', exitCode: 1 } as const;
      post({ kind: 'refusal', id: request.id, failure });
    } else {
      answer(request);
    }
  },
  'empty-handed': (request) => answer(request, true),
  silent: () => {},
  late(request) {
    if (request.command.kind === 'snapshot' && request.id === 0) {
      setTimeout(() => answer(request), 60);
    } else {
      answer(request);
    }
  },
  'fatal-on-command': (request) => (isClose(request) ? answer(request) : post(FATAL)),
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
  if (behaviour === 'eager') {
    post({ kind: 'packets', rows: { words: new Uint32Array(2 * PACKET_WORDS), devices: {} } });
  }
  post({ kind: 'started' });
}
