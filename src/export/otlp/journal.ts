// SPDX-License-Identifier: Apache-2.0
// What became of the pushes: counts of requests for the metrics, and one line in the log for each change of state.

import type { PushState } from '../../catalogue/exporter-families.ts';
import type { Logger } from '../../log.ts';
import type { Failure } from './failure.ts';

/** What a collector said of data that it took in part. */
export interface PartialSuccess {
  readonly rejectedPoints: number;
  readonly message: string;
}

/** A push is one or more requests. It has succeeded where all of them have, and has ended where all were sent. */
export interface Journal {
  state(): PushState;
  beginPush(): void;
  /** One request of the push. */
  succeeded(partial?: PartialSuccess): void;
  /** One request of the push. */
  failed(failure: Failure): void;
  /** There is nothing to push: no request was made. */
  notRead(failure: Failure): void;
  endPush(): void;
}

const PUSH = 'push metrics';

const NOTHING = { success: 0, partial: 0, failure: 0 } as const;

/**
 * @param endpoint as it may be shown
 * @param before what a process before this one has counted: it goes on from there
 */
export function createJournal(
  endpoint: string,
  log: Logger,
  now = Date.now,
  before: PushState = { startedAtMs: now(), exports: NOTHING, lastSuccessAtMs: 0 },
): Journal {
  const { startedAtMs } = before;
  const exports = { ...before.exports };
  let { lastSuccessAtMs } = before;
  let sound = true;
  /** Once and for all: a hostile collector may word each warning anew. */
  let warned = false;
  /** Causes that were logged since the last push that succeeded. */
  const logged = new Set<string>();

  function complain(of: string, { kind, cause, remedy }: Failure): void {
    sound = false;
    const level = logged.has(kind) ? 'debug' : 'warn';
    logged.add(kind);
    log[level](`${of}: ${cause}; ${remedy}`, { endpoint });
  }

  return {
    state: () => ({ startedAtMs, exports: { ...exports }, lastSuccessAtMs }),
    beginPush() {
      sound = true;
    },
    succeeded(partial) {
      if (partial !== undefined && partial.rejectedPoints > 0) {
        exports.partial++;
        const cause = `the collector rejected ${partial.rejectedPoints} points: ${partial.message}`;
        complain(PUSH, { kind: 'partial', cause, remedy: 'its log may say more' });
        return;
      }
      exports.success++;
      if (partial !== undefined && partial.message !== '') {
        const level = warned ? 'debug' : 'warn';
        warned = true;
        log[level](`${PUSH}: the collector took all and warns: ${partial.message}`, { endpoint });
      }
    },
    failed(failure) {
      exports.failure++;
      complain(PUSH, failure);
    },
    notRead(failure) {
      complain('read metrics to push', failure);
    },
    endPush() {
      if (!sound) {
        return;
      }
      lastSuccessAtMs = now();
      if (logged.size > 0) {
        logged.clear();
        log.info(`${PUSH}: the collector takes them again`, { endpoint });
      }
    },
  };
}
