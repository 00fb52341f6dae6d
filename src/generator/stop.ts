// SPDX-License-Identifier: Apache-2.0
// When to stop early: on a signal, and when whoever started the generator is gone.
import { fstatSync } from 'node:fs';

/** What `stopSignal` needs of the process; a test gives its own. */
export interface StopSource {
  readonly stdin: {
    on(event: 'end' | 'close' | 'error', listener: () => void): unknown;
    resume(): unknown;
  };
  on(event: 'SIGINT' | 'SIGTERM' | 'disconnect', listener: () => void): unknown;
}

/** A terminal's or a file's end says nothing about a parent; that of a pipe, or Node's own sockets, does. */
function isStdinHeldByParent(): boolean {
  const stats = fstatSync(0);
  return stats.isFIFO() || stats.isSocket();
}

/** Aborted, once, by whatever comes first. */
export function stopSignal(
  source: StopSource = process,
  watchStdin = isStdinHeldByParent(),
): AbortSignal {
  const stop = new AbortController();
  const abort = () => stop.abort();
  source.on('SIGINT', abort);
  source.on('SIGTERM', abort);
  source.on('disconnect', abort);
  if (watchStdin) {
    source.stdin.on('end', abort);
    source.stdin.on('close', abort);
    source.stdin.on('error', abort);
    source.stdin.resume();
  }
  return stop.signal;
}
