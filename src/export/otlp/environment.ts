// SPDX-License-Identifier: Apache-2.0
// Reads OTEL_* variables by the rules of OpenTelemetry's "SDK environment variables": an empty one is unset, a bad
// one is ignored with a warning that names it.

import { redactText } from './endpoint.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A line for the log. */
export interface Note {
  readonly level: 'info' | 'warn';
  readonly message: string;
}

export interface Variable {
  readonly name: string;
  readonly value: string;
}

/** Above it setTimeout(3) of Node fires at once. */
const MAX_MS = 2 ** 31 - 1;

export interface OtelVariables {
  /** What was found wrong until now. */
  readonly notes: readonly Note[];
  readonly info: (message: string) => void;
  readonly warn: (message: string) => void;
  /** The first of `names` that is set. */
  find(...names: readonly string[]): Variable | undefined;
  isTrue(name: string): boolean;
  /** Words with commas between, in lower case. */
  list(name: string): readonly string[];
  /** A whole number of milliseconds above 0, from the first of `names` that holds one. */
  milliseconds(...names: readonly string[]): number | undefined;
  /** As `milliseconds`, but 0 is no limit: Infinity. */
  timeout(...names: readonly string[]): number | undefined;
  /** From the first of `names` that holds one of `choices`, whatever its case. */
  choice<const Choice extends string>(
    names: readonly string[],
    choices: readonly Choice[],
  ): Choice | undefined;
}

export function createOtelVariables(environment: Environment): OtelVariables {
  const notes: Note[] = [];
  const warn = (message: string) => notes.push({ level: 'warn', message });
  const find = (...names: readonly string[]) => findSet(environment, names)[0];

  /** The first value that `parse` takes; a warning for each before it. */
  function read<Value>(
    names: readonly string[],
    parse: (text: string) => Value | undefined,
    expected: string,
  ): Value | undefined {
    for (const { name, value } of findSet(environment, names)) {
      const parsed = parse(value);
      if (parsed !== undefined) {
        return parsed;
      }
      warn(`${describeVariable({ name, value })}: not ${expected}; it is ignored`);
    }
    return undefined;
  }

  return {
    notes,
    warn,
    find,
    info: (message) => notes.push({ level: 'info', message }),
    isTrue: (name) => read([name], parseBoolean, 'true or false') ?? false,
    list: (name) =>
      (find(name)?.value.split(',') ?? [])
        .map((item) => item.trim().toLowerCase())
        .filter((item) => item !== ''),
    milliseconds: (...names) =>
      read(names, (text) => parseMilliseconds(text, 1), millisecondsFrom(1)),
    timeout: (...names) => {
      const limitMs = read(names, (text) => parseMilliseconds(text, 0), millisecondsFrom(0));
      return limitMs === 0 ? Number.POSITIVE_INFINITY : limitMs;
    },
    choice: (names, choices) =>
      read(
        names,
        (text) => choices.find((candidate) => candidate === text.toLowerCase()),
        `one of ${choices.join(', ')}`,
      ),
  };
}

/** How a message about it begins, without what may be a secret. */
export function describeVariable({ name, value }: Variable): string {
  return `read ${name} "${redactText(value)}"`;
}

function findSet(environment: Environment, names: readonly string[]): readonly Variable[] {
  return names
    .map((name) => ({ name, value: environment[name]?.trim() ?? '' }))
    .filter(({ value }) => value !== '');
}

function parseBoolean(text: string): boolean | undefined {
  return { true: true, false: false }[text.toLowerCase()];
}

const millisecondsFrom = (least: number) =>
  `a whole number of milliseconds from ${least} to ${MAX_MS}`;

function parseMilliseconds(text: string, least: number): number | undefined {
  const value = Number(text);
  return Number.isInteger(value) && value >= least && value <= MAX_MS ? value : undefined;
}
