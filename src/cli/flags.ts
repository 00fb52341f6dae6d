// SPDX-License-Identifier: Apache-2.0
// The words of a command line as flags and words by the parser of yargs. yargs itself is loaded to write the help alone.
import parse, { type Options as ParserOptions } from 'yargs-parser';
import { type CommandName, isCommand, optionsOf } from '../options/commands.ts';

/** What a flag was given: a list where that was more than once. */
export type Flags = Readonly<Record<string, unknown>>;

export interface Words {
  readonly command: CommandName;
  /** By name and by letter. */
  readonly flags: Flags;
  /** What is no flag and no value of one. The command is the first where it was named. */
  readonly words: readonly string[];
  /** --help, --version, or the word "help" at the end. */
  readonly asksForHelp: boolean;
  /** What the parser complains of. */
  readonly problem: Error | null;
}

const CONFIGURATION = {
  'dot-notation': false,
  'camel-case-expansion': false,
  'parse-positional-numbers': false,
  'populate--': true,
} as const;

/** Of every command. */
const GENERAL = { boolean: ['help', 'version'], alias: { help: ['h'], version: ['V'] } };

/** The command decides what takes a value, and what takes a value decides what the command is: so it parses twice. */
export function parseFlags(words: readonly string[]): Words {
  const { first, asksForHelp } = parseAs({}, words);
  const command = isCommand(first) ? first : 'run';
  const parsed = parseAs(optionsFor(command), words);
  return { ...parsed, command, asksForHelp: asksForHelp || parsed.asksForHelp };
}

/** Every value is a text, and none has a default: the schema judges what was given. */
function optionsFor(command: CommandName): ParserOptions {
  const options = Object.entries(optionsOf(command));
  const namesOf = (isSwitch: boolean) =>
    options.filter(([, { kind }]) => (kind === 'switch') === isSwitch).map(([name]) => name);
  const texts = namesOf(false);
  return {
    boolean: namesOf(true),
    string: texts,
    narg: Object.fromEntries(texts.map((name) => [name, 1])),
    alias: Object.fromEntries(
      options.flatMap(([name, { alias }]) => (alias === undefined ? [] : [[name, [alias]]])),
    ),
  };
}

function parseAs(
  { boolean = [], alias = {}, ...options }: ParserOptions,
  words: readonly string[],
) {
  const { argv, error } = parse.detailed([...words], {
    ...options,
    boolean: [...boolean, ...GENERAL.boolean],
    alias: { ...alias, ...GENERAL.alias },
    configuration: CONFIGURATION,
  });
  const { _: before, '--': after = [], ...flags } = argv;
  const { help, version } = flags as Flags;
  return {
    flags: flags as Flags,
    /** What stands behind "--" is no command. */
    first: before[0],
    words: [...before, ...(after as readonly string[])].map(String),
    asksForHelp: help === true || version === true || before.at(-1) === 'help',
    problem: error,
  };
}
