// SPDX-License-Identifier: Apache-2.0
// The devices of default routes in each namespace, remembered: a full routing table takes hundreds of ms to search.

/** As old as an answer may become where nothing says that routes have changed. */
const MAX_AGE_MS = 60_000;

interface Answer {
  readonly ifindexes: readonly number[];
  readonly askedAtMs: number;
}

/** For which namespace, and whether its routes may have changed. */
export interface RouteQuestion {
  readonly identity: string;
  /** Something changed there since the last answer, or nobody listens. */
  readonly isStale: boolean;
  /** Ms of a clock that nobody sets. */
  readonly nowMs: number;
}

export class DefaultRoutes {
  readonly #answers = new Map<string, Answer>();

  /** Asks, in the namespace, only where the last answer may not hold any more. Throws what `ask` throws. */
  devices(
    { identity, isStale, nowMs }: RouteQuestion,
    ask: () => readonly number[],
  ): readonly number[] {
    const last = this.#answers.get(identity);
    if (last !== undefined && !isStale && nowMs - last.askedAtMs < MAX_AGE_MS) {
      return last.ifindexes;
    }
    // Where it throws, nothing is known.
    this.#answers.delete(identity);
    const ifindexes = ask();
    this.#answers.set(identity, { ifindexes, askedAtMs: nowMs });
    return ifindexes;
  }

  /** Forgets the namespaces that are not among these. */
  keep(identities: ReadonlySet<string | undefined>): void {
    for (const identity of [...this.#answers.keys()].filter((each) => !identities.has(each))) {
      this.#answers.delete(identity);
    }
  }
}
