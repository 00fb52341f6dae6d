// SPDX-License-Identifier: Apache-2.0
// Checks of passwords, one at a time, in turn among clients. What is too much is refused at once.

/** That wait, of one client. */
const MAX_OF_CLIENT = 2;

/** That wait or are under way. */
const MAX_IN_ALL = 32;

/**
 * After a wrong password nothing is checked for so many times as long as that took: whatever comes, checks take a quarter of
 * one CPU at most.
 */
const REST_FACTOR = 3;
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
  #isBusy = false;

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
    const [turn] = this.#waiting;
    if (this.#isBusy || turn === undefined) {
      return;
    }
    const [client, jobs] = turn;
    const [job, ...others] = jobs;
    this.#waiting.delete(client);
    if (others.length > 0) {
      // Behind all others.
      this.#waiting.set(client, others);
    }
    if (job !== undefined) {
      void this.#run(job);
    }
  }

  async #run({ check, resolve, reject }: Job): Promise<void> {
    this.#isBusy = true;
    const startMs = performance.now();
    let restMs = 0;
    try {
      const isRight = await check();
      restMs = isRight ? 0 : REST_FACTOR * (performance.now() - startMs);
      resolve(isRight);
    } catch (error) {
      reject(error);
    }
    this.#length--;
    setTimeout(
      () => {
        this.#isBusy = false;
        this.#next();
      },
      Math.min(restMs, LONGEST_REST_MS),
    );
  }
}
