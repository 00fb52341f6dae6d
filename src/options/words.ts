// SPDX-License-Identifier: Apache-2.0
// The words of a command line, before they are parsed: what the parser of yargs would let pass or stumble over.
import * as v from 'valibot';
import { ConfigError } from '../errors.ts';
import { COMMANDS, optionsOf } from './commands.ts';
import type { Option, Options } from './option.ts';

/** Of all commands: what is a switch, or has a letter, is so in each of them. */
const ALL: Options = Object.assign(
  {},
  ...Object.keys(COMMANDS).map((command) => optionsOf(command as keyof typeof COMMANDS)),
);

const LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries(ALL).flatMap(([name, { alias }]) => (alias === undefined ? [] : [[alias, name]])),
);

/** What somebody may put behind a switch who takes it for an option with a value. */
const SWITCH_VALUES = ['yes', 'no', 'on', 'off', '1', '0'];

/** Words that mean the same, and mean it to the parser as well. What follows "--" stays as it is. */
export function normalizeWords(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  const head = end < 0 ? words : words.slice(0, end);
  return [
    ...head.map((word, index) => normalize(word, head[index + 1])),
    ...words.slice(head.length),
  ];
}

function normalize(word: string, next: string | undefined): string {
  const [, letter = '', glued = ''] = /^-([A-Za-z])=?(.+)$/s.exec(word) ?? [];
  const long = LETTERS.get(letter);
  if (long !== undefined) {
    return `--${long}=${glued}`;
  }
  const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  if (name in {}) {
    throw new ConfigError(`read command line: unknown flag "--${name}"`);
  }
  const option = ALL[name.replace(/^no-/, '')];
  if (option?.bare !== undefined && word === `--${name}`) {
    return `${word}=${option.bare}`;
  }
  if (option?.kind !== 'switch') {
    return word;
  }
  if (value !== undefined) {
    return `--${name}=${judgeSwitch(name, value, option)}`;
  }
  if (next !== undefined && SWITCH_VALUES.includes(next)) {
    throw new ConfigError(
      `read command line: unexpected word "${next}"; write --${name} or --no-${name}`,
    );
  }
  return word;
}

/** To the parser "--strict=maybe" is false. */
function judgeSwitch(name: string, value: string, { schema }: Option): unknown {
  const { success, output, issues } = v.safeParse(schema, value);
  if (!success) {
    throw new ConfigError(`read --${name} "${value}": ${issues[0].message}`);
  }
  return output;
}

/**
 * As the user wrote it: "--output" or "-o".
 * @param name of an option, or its letter
 */
export function originOf(words: readonly string[], name: string): string {
  const long = LETTERS.get(name) ?? name;
  const flags = words.map((word) => word.replace(/=.*$/s, '').replace(/^--no-/, '--'));
  const { alias } = ALL[long] ?? {};
  return alias === undefined || flags.includes(`--${long}`) ? `--${long}` : `-${alias}`;
}
