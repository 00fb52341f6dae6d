// SPDX-License-Identifier: Apache-2.0
// What is fuzzed: a function of bytes that throws where a promise is broken.

export interface Target {
  /** As on the command line; its corpus is the folder of that name in `corpus`. */
  readonly name: string;
  /** Inputs are no longer. */
  readonly maxBytes: number;
  /** What mutators put in: words of a language, or numbers at which something changes. */
  readonly dictionary?: readonly string[];
  /**
   * Throws, or rejects, where a promise is broken: an error of the wrong kind, or another outcome than a model's. Gives
   * how many executions of the code under test that was, where it is not 1: a ring that is drained twice was read twice.
   */
  readonly run: (input: Buffer) => number | undefined | Promise<number | undefined>;
}
