// SPDX-License-Identifier: Apache-2.0
// What became of the pushes: counts of requests for the metrics, and one line in the log for each change of state.
import type { PushState } from '../../catalogue/exporter-families.ts';
import { redactUrl } from '../../endpoint.ts';
import type { Log } from '../../log.ts';
import type { Failure } from './failure.ts';
import { createRedactor } from './secrets.ts';
import type { OtlpSettings } from './settings.ts';

/** Others may say megabytes; this much of it goes to the log. */
const EXCERPT_LENGTH = 200;

/** A push is one or more requests. It has succeeded where all of them have. */
export type Journal = ReturnType<typeof createJournal>;

/** @param before whose counts go on */
export function createJournal(
  { url, headers }: Pick<OtlpSettings, 'url' | 'headers'>,
  log: Log,
  before?: PushState,
  now = Date.now,
) {
  const endpoint = redactUrl(url);
  const redact = createRedactor(url, headers);
  const { startedAtMs = now(), exports } = before ?? {};
  const counts = { success: 0, failure: 0, ...exports };
  let lastSuccessAtMs = before?.lastSuccessAtMs ?? 0;
  /** Causes that were logged since the last push that succeeded. */
  const logged = new Set<string>();
  /** Of this push and of the one before. */
  let warnings = 0;

  function excerpt(text: string): string {
    const shown = redact(text);
    return shown.length > EXCERPT_LENGTH ? `${shown.slice(0, EXCERPT_LENGTH)}...` : shown;
  }

  return {
    state: (): PushState => ({ startedAtMs, exports: { ...counts }, lastSuccessAtMs }),
    /** The collector took a request of the push. */
    succeeded(): void {
      counts.success++;
    },
    /** @param failure of a request of the push, or of reading what is to be pushed: kind "read" */
    failed({ kind, cause, remedy }: Failure): void {
      const isRead = kind === 'read';
      counts.failure += isRead ? 0 : 1;
      const level = logged.has(kind) ? 'debug' : 'warn';
      logged.add(kind);
      const what = isRead ? 'read metrics to push' : 'push metrics';
      log[level](`${what}: ${excerpt(cause)}; ${remedy}`, { endpoint });
    },
    /** @param text of the library, on the answer to a request that the collector took */
    warned(text: string): void {
      const level = warnings === 0 ? 'warn' : 'debug';
      warnings = 2;
      log[level](`push metrics: the collector took them, but: ${excerpt(text)}`, { endpoint });
    },
    /** @param sound all of its requests have succeeded */
    ended(sound: boolean): void {
      warnings = Math.max(0, warnings - 1);
      lastSuccessAtMs = sound ? now() : lastSuccessAtMs;
      if (sound && logged.size > 0) {
        logged.clear();
        log.info('push metrics: the collector accepts metrics again', { endpoint });
      }
    },
  };
}
