// SPDX-License-Identifier: Apache-2.0
// Where each name of a network is counted, for as long as it is exported: in the file, or formerly in it.

/** Names that a file may have. */
export const MAX_NAMES = 256;

/** Names that are exported with their last values after they have gone from the file. */
const MAX_FORMER = 256;

/** From 1 on; place 0 is that of no network. */
export const PLACES = 1 + MAX_NAMES + MAX_FORMER;

export interface NetworkName {
  readonly name: string;
  readonly place: number;
  /** Since when it counts, ms of the wall clock. */
  readonly startedAtMs: number;
}

/** What a change of the file makes of the names. */
interface Change {
  /** By the number that the file gives a name, from 1: its place. */
  readonly places: Uint16Array;
  /** Those that made room: what they counted is to be taken away before the places count for others. */
  readonly dropped: readonly NetworkName[];
}

export class NetworkNames {
  #current: readonly NetworkName[] = [];
  /** The first one went first. */
  #former: readonly NetworkName[] = [];
  #droppedCount = 0;

  /** Those of the file, then those that were in it. */
  get exported(): readonly NetworkName[] {
    return [...this.#current, ...this.#former];
  }

  /** In the file. */
  get currentCount(): number {
    return this.#current.length;
  }

  /** Names that have made room since the start. */
  get droppedCount(): number {
    return this.#droppedCount;
  }

  /**
   * A name that stays, or that comes back while it is exported, keeps its place and so goes on where it was.
   * @param names of the file, each once, at most `MAX_NAMES`
   * @param wallMs since when new names count
   */
  change(names: readonly string[], wallMs: number): Change {
    const known = new Map(this.exported.map((each) => [each.name, each]));
    const kept = new Set(names);
    const gone = this.#current.filter(({ name }) => !kept.has(name));
    const former = [...this.#former.filter(({ name }) => !kept.has(name)), ...gone];
    const dropped = former.slice(0, Math.max(0, former.length - MAX_FORMER));
    this.#former = former.slice(dropped.length);
    this.#droppedCount += dropped.length;
    const staying = names.flatMap((name) => known.get(name) ?? []);
    const taken = new Set([...staying, ...this.#former].map(({ place }) => place));
    const free = Array.from({ length: PLACES - 1 }, (_, index) => index + 1).filter(
      (place) => !taken.has(place),
    );
    this.#current = names.map(
      (name) => known.get(name) ?? { name, place: free.shift() ?? 0, startedAtMs: wallMs },
    );
    return { places: Uint16Array.of(0, ...this.#current.map(({ place }) => place)), dropped };
  }
}
