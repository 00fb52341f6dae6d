// SPDX-License-Identifier: Apache-2.0
// When the counters of a device began, in this process and in an earlier one.
import type { DeviceSnapshot } from '../snapshot/device.ts';
import type { DeviceName, WatchContext } from './watch-context.ts';

export class CountingStart {
  readonly #context: Pick<WatchContext, 'wallMs' | 'memory'>;
  #startedAtMs: number | undefined;
  readonly #openedAtMs: number | undefined;

  /** @param inheritedMs when an earlier process began */
  constructor(context: Pick<WatchContext, 'wallMs' | 'memory'>, inheritedMs: number | undefined) {
    this.#context = context;
    this.#startedAtMs = inheritedMs;
    this.#openedAtMs = inheritedMs === undefined ? undefined : context.wallMs();
  }

  /** Empty before the first instrument was opened; `openedAtMs` only where an earlier process had one before. */
  get times(): Pick<DeviceSnapshot, 'startedAtMs' | 'openedAtMs'> {
    const [startedAtMs, openedAtMs] = [this.#startedAtMs, this.#openedAtMs];
    return {
      ...(startedAtMs === undefined ? {} : { startedAtMs }),
      ...(openedAtMs === undefined ? {} : { openedAtMs }),
    };
  }

  /**
   * Counters begin where `open` succeeds. The next process is told before, so that no program counts for nobody. Throws
   * what `open` throws.
   */
  begin<Result>({ netns, name }: DeviceName, slot: number, open: () => Result): Result {
    const { memory, wallMs } = this.#context;
    if (this.#startedAtMs !== undefined) {
      return open();
    }
    const startedAtMs = wallMs();
    memory?.remember(slot, { ...(netns === undefined ? {} : { netns }), name, startedAtMs });
    try {
      const result = open();
      this.#startedAtMs = startedAtMs;
      return result;
    } catch (error) {
      memory?.forget(slot);
      throw error;
    }
  }
}
