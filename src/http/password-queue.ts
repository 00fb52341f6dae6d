// SPDX-License-Identifier: Apache-2.0
// Checks of passwords, one at a time, in turn among clients. What is too much is refused at once.

/** That wait, of one client. */
const MAX_OF_CLIENT = 2;

/** That wait or are under way. */
const MAX_IN_ALL = 32;

/**
 * After a wrong password nothing is checked for as long as that took, so that checks take half of one CPU at most whatever
 * comes, and nothing of that client for three times as long, so that it holds up nobody else.
 */
const REST_FACTOR = 1;
const CLIENT_REST_FACTOR = 3;
const LONGEST_REST_MS = 3_000;

interface Job {
  readonly check: () => Promise<boolean>;
  readonly resolve: (isRight: boolean) => void;
  readonly reject: (error: unknown) => void;
}

export class PasswordQueue {
  /** By client, who has the next turn first. */
  readonly #waiting = new Map<string, Job[]>();
  #length = 0;
  /** Until when nothing of a client is checked; only of those that rest. */
  readonly #resting = new Map<string, number>();
  #isBusy = false;
  #timer: NodeJS.Timeout | undefined;

  /** Undefined where the client, or all clients, have too many under way. */
  add(client: string, check: () => Promise<boolean>): Promise<boolean> | undefined {
    const own = this.#waiting.get(client) ?? [];
    if (own.length >= MAX_OF_CLIENT || this.#length >= MAX_IN_ALL) {
      return undefined;
    }
    this.#length++;
    const answer = new Promise<boolean>((resolve, reject) => {
      own.push({ check, resolve, reject });
    });
    this.#waiting.set(client, own);
    this.#next();
    return answer;
  }

  #next(): void {
    if (this.#isBusy || this.#waiting.size === 0) {
      return;
    }
    clearTimeout(this.#timer);
    const nowMs = performance.now();
    for (const [client, untilMs] of this.#resting) {
      if (untilMs <= nowMs) {
        this.#resting.delete(client);
      }
    }
    const turn = [...this.#waiting].find(([client]) => !this.#resting.has(client));
    if (turn === undefined) {
      const firstMs = Math.min(...this.#resting.values());
      this.#timer = setTimeout(() => this.#next(), firstMs - nowMs);
      return;
    }
    const [client, [job, ...others]] = turn;
    this.#waiting.delete(client);
    if (others.length > 0) {
      // Behind all others.
      this.#waiting.set(client, others);
    }
    if (job !== undefined) {
      void this.#run(client, job);
    }
  }

  async #run(client: string, { check, resolve, reject }: Job): Promise<void> {
    this.#isBusy = true;
    const startMs = performance.now();
    let restMs = 0;
    try {
      const isRight = await check();
      if (!isRight) {
        const nowMs = performance.now();
        const tookMs = nowMs - startMs;
        restMs = Math.min(REST_FACTOR * tookMs, LONGEST_REST_MS);
        const clientRestMs = Math.min(CLIENT_REST_FACTOR * tookMs, LONGEST_REST_MS);
        this.#resting.set(client, nowMs + clientRestMs);
      }
      resolve(isRight);
    } catch (error) {
      reject(error);
    }
    this.#length--;
    setTimeout(() => {
      this.#isBusy = false;
      this.#next();
    }, restMs);
  }
}
