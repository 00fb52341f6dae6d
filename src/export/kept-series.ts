// SPDX-License-Identifier: Apache-2.0
// What does not change of a family's series, as bytes that are made once for each.
import type { ExposedLabels } from './family.ts';

interface Labelled {
  readonly labels: ExposedLabels;
}

/**
 * Keeps what the family's last exposition made of each series, by its place and its label object, since nearly all series
 * are where they were: looking each up in a map takes longer than to write it. So nothing outlives its series by more than
 * one exposition.
 */
export class KeptSeries<Sample extends Labelled, Kept> {
  readonly #make: (sample: Sample) => Kept;
  readonly #labels: ExposedLabels[] = [];
  readonly #kept: Kept[] = [];
  #moved: ReadonlyMap<ExposedLabels, Kept> | undefined;

  /** @param make depends on nothing that changes while the label object is the same */
  constructor(make: (sample: Sample) => Kept) {
    this.#make = make;
  }

  /** For each sample of an exposition in turn. @param index its place among them */
  at(index: number, sample: Sample): Kept {
    const known = this.#kept[index];
    return known !== undefined && this.#labels[index] === sample.labels
      ? known
      : this.#replace(index, sample);
  }

  /** Forgets all behind the last sample. @param count samples of the exposition that has ended */
  end(count: number): void {
    this.#labels.length = count;
    this.#kept.length = count;
    this.#moved = undefined;
  }

  /** A series that came or went has moved all that follow it. */
  #replace(index: number, sample: Sample): Kept {
    this.#moved ??= new Map(this.#kept.map((kept, at) => [this.#labels[at] ?? {}, kept]));
    const kept = this.#moved.get(sample.labels) ?? this.#make(sample);
    this.#labels[index] = sample.labels;
    this.#kept[index] = kept;
    return kept;
  }
}

/** As UTF-8, in memory of its own: a slice of Buffer's pool would keep all of the pool for as long as one series lives. */
export function encode(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}
