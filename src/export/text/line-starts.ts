// SPDX-License-Identifier: Apache-2.0
// What the lines of a family begin with, as bytes that are made once for each series.

/** By name. Undefined values are left out. */
export type TextLabels = Readonly<Record<string, string | undefined>>;

interface Labelled {
  readonly labels: TextLabels;
}

/**
 * Keeps the starts of the family's last exposition, each by its place and its label object, since nearly all series are
 * where they were: looking each up in a map takes longer than to write it. So nothing outlives its series by more than
 * one exposition.
 */
export class LineStarts<Sample extends Labelled, Start> {
  readonly #make: (sample: Sample) => Start;
  readonly #labels: TextLabels[] = [];
  readonly #starts: Start[] = [];
  #moved: ReadonlyMap<TextLabels, Start> | undefined;

  /** @param make depends on nothing that changes while the label object is the same */
  constructor(make: (sample: Sample) => Start) {
    this.#make = make;
  }

  /** For each sample of an exposition in turn. @param index its place among them */
  at(index: number, sample: Sample): Start {
    const known = this.#starts[index];
    return known !== undefined && this.#labels[index] === sample.labels
      ? known
      : this.#replace(index, sample);
  }

  /** Forgets all behind the last sample. @param count samples of the exposition that has ended */
  end(count: number): void {
    this.#labels.length = count;
    this.#starts.length = count;
    this.#moved = undefined;
  }

  /** A series that came or went has moved all that follow it. */
  #replace(index: number, sample: Sample): Start {
    this.#moved ??= new Map(this.#starts.map((start, at) => [this.#labels[at] ?? {}, start]));
    const start = this.#moved.get(sample.labels) ?? this.#make(sample);
    this.#labels[index] = sample.labels;
    this.#starts[index] = start;
    return start;
  }
}

/** As UTF-8, in memory of its own: a slice of Buffer's pool would keep all of the pool for as long as one series lives. */
export function encode(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

/** With `name`, a sample's series as both formats write it: the name alone where there are no labels. */
export function formatSeries(name: string, labels: TextLabels): string {
  const pairs = Object.entries(labels)
    .filter(([, value]) => value !== undefined)
    .map(([label, value = '']) => `${label}="${escapeQuoted(value)}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

/** Of a label's value, and of a HELP in OpenMetrics. */
export function escapeQuoted(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

/** Of a HELP in the text format. */
export function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}
