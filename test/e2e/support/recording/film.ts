// SPDX-License-Identifier: Apache-2.0
// Films a terminal: each screen that it shows, and for how long.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Tmux } from '../tmux.ts';
import type { Frame } from './draw.ts';

const LOOK_INTERVAL_MS = 60;

/** A terminal that waits longer, for a program to start, is shown no longer. */
const MAX_FRAME_MS = 2500;

export class Film {
  readonly #tmux: Tmux;
  readonly #frames: { capture: string; sinceMs: number }[] = [];
  readonly #stop = new AbortController();
  readonly #filming: Promise<void>;

  constructor(tmux: Tmux) {
    this.#tmux = tmux;
    this.#filming = this.#film();
  }

  /** Of the frames until now. */
  get length(): number {
    return this.#frames.length;
  }

  /** What there is when nobody looks any more. */
  async end(): Promise<Frame[]> {
    this.#stop.abort();
    await this.#filming;
    const endMs = performance.now();
    return this.#frames.map(({ capture, sinceMs }, index) => ({
      capture,
      durationMs: Math.round(
        Math.min(MAX_FRAME_MS, (this.#frames[index + 1]?.sinceMs ?? endMs) - sinceMs),
      ),
    }));
  }

  /** A screen counts once it looks alike twice: before, it may be half drawn. */
  async #film(): Promise<void> {
    let before = '';
    while (!this.#stop.signal.aborted) {
      const capture = await this.#tmux.coloured();
      if (capture === before && capture !== this.#frames.at(-1)?.capture) {
        this.#frames.push({ capture, sinceMs: performance.now() });
      }
      before = capture;
      await sleep(LOOK_INTERVAL_MS);
    }
  }
}
