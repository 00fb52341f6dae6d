// SPDX-License-Identifier: Apache-2.0
// Reads OTEL_* variables by the rules of OpenTelemetry's "SDK environment variables": an empty one is unset, a bad
// one is ignored with a warning that names it.
import { redactText } from '../../endpoint.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A line for the log. */
export interface Note {
  readonly level: 'info' | 'warn';
  readonly message: string;
}

/** Above it setTimeout(3) of Node fires at once. */
const MAX_MS = 2 ** 31 - 1;

export type OtelVariables = ReturnType<typeof createOtelVariables>;

export function createOtelVariables(environment: Environment) {
  /** What was found wrong until now. */
  const notes: Note[] = [];
  const note = (level: Note['level']) => (message: string) => void notes.push({ level, message });
  const warn = note('warn');
  const findAll = (names: readonly string[]) =>
    names
      .map((name) => ({ name, value: environment[name]?.trim() ?? '' }))
      .filter(({ value }) => value !== '');

  /** From the first of `names` whose value `parse` takes; a warning for each before it. */
  function read<Value>(
    names: readonly string[],
    parse: (text: string) => Value | undefined,
    expected: string,
  ): Value | undefined {
    for (const { name, value } of findAll(names)) {
      const parsed = parse(value);
      if (parsed !== undefined) {
        return parsed;
      }
      warn(`read ${name} "${redactText(value)}": not ${expected}; it is ignored`);
    }
    return undefined;
  }

  return {
    notes: notes as readonly Note[],
    info: note('info'),
    warn,
    read,
    /** The first of `names` that is set. */
    find: (...names: readonly string[]) => findAll(names)[0],
    /** A whole number from `least`. */
    milliseconds(least: number, ...names: readonly string[]): number | undefined {
      const isRight = (ms: number) => Number.isInteger(ms) && ms >= least && ms <= MAX_MS;
      const expected = `a whole number of milliseconds from ${least} to ${MAX_MS}`;
      return read(names, (text) => [Number(text)].find(isRight), expected);
    },
    /** Whatever its case. */
    choice<const Choice extends string>(
      names: readonly string[],
      choices: readonly Choice[],
      hint = '',
    ): Choice | undefined {
      const parse = (text: string) => choices.find((choice) => choice === text.toLowerCase());
      return read(names, parse, choices.join(' or ') + hint);
    },
    /** Of a list of key=value, percent-encoded; `isRight` may throw. Of wrong ones it says the place: they may be secrets. */
    items(name: string, isRight: (key: string, value: string) => boolean) {
      const items = findAll([name]).flatMap(({ value }) => value.split(','));
      return items.flatMap((item, index): (readonly [string, string])[] => {
        const [, ...parts] = /^([^=]*[^=\s][^=]*)=(.*)$/s.exec(item) ?? [];
        try {
          const [key, value] = parts.map((part) => decodeURIComponent(part.trim()));
          if (key !== undefined && value !== undefined && isRight(key, value)) {
            return [[key, value]];
          }
        } catch {
          // It is named below, as the others that are wrong.
        }
        if (item.trim() !== '') {
          warn(`read ${name}: item ${index + 1} is not one that can be sent; it is ignored`);
        }
        return [];
      });
    },
  };
}
