// SPDX-License-Identifier: Apache-2.0
// The command line: what is given by flags, words, variables and the file, as the schema of options has it.
import { redactText } from '../endpoint.ts';
import { ConfigError, failToLoad } from '../errors.ts';
import { beginsFilter } from '../filter/parse.ts';
import { didYouMean } from '../nearest.ts';
import {
  COMMANDS,
  type CommandName,
  commandsWith,
  isCommand,
  OPERANDS,
  operandOf,
  optionsOf,
  type Values,
} from '../options/commands.ts';
import { type Environment, readEnvironment } from '../options/environment.ts';
import { readFile } from '../options/file.ts';
import { type Given, type Givens, shown } from '../options/given.ts';
import type { Option, Options } from '../options/option.ts';
import { type Resolved, resolve } from '../options/resolve.ts';
import { normalizeWords, originOf } from '../options/words.ts';
import { type Flags, parseFlags, type Words } from './flags.ts';

/** What a command was asked to do. */
interface Reading<Name extends CommandName> extends Resolved {
  readonly values: Values<Name>;
}

export interface CommandLine<Name extends CommandName> extends Reading<Name> {
  readonly command: Name;
  /** Reads the file again, beside the same flags and variables. */
  readonly reread: () => Promise<Reading<Name>>;
}

export type AnyCommandLine = { [Name in CommandName]: CommandLine<Name> }[CommandName];

/**
 * Undefined where it has been answered: --help, --version.
 * @throws ConfigError for whatever is wrong with flags, words, variables or the file
 */
export async function parseCommandLine(
  argv: readonly string[],
  environment: Environment,
  version: string,
): Promise<AnyCommandLine | undefined> {
  const normalized = normalizeWords(argv);
  const { command, flags, words, asksForHelp, problem } = parseFlags(normalized);
  if (asksForHelp) {
    const { printHelp } = await import('./help.ts').catch(failToLoad);
    await printHelp(normalized, version);
    return undefined;
  }
  if (problem !== null) {
    throw parseFailure(problem, argv);
  }
  const given = readGiven({ command, flags, words }, argv);
  const read = () => readAll(command, given, environment);
  return { ...(await read()), command, reread: read } as AnyCommandLine;
}

/** What the parser refuses. */
function parseFailure(cause: Error, argv: readonly string[]): ConfigError {
  const [, name] = /^Not enough arguments following: (.*)$/.exec(cause.message) ?? [];
  return name === undefined
    ? new ConfigError(`read command line: ${cause.message}`, { cause })
    : new ConfigError(`read ${originOf(argv, name)}: its value is missing; add one`, { cause });
}

/** A flag wins over its variable, and a variable over the file. */
async function readAll(
  command: CommandName,
  given: Givens,
  environment: Environment,
): Promise<Resolved> {
  const options = optionsOf(command);
  const sources = [given, readEnvironment(options, environment)];
  const { values, originOf } = resolve(options, sources);
  const path = values['config.file'];
  if (typeof path !== 'string') {
    return { values, originOf };
  }
  return resolve(options, [...sources, await readFile(path, originOf('config.file') ?? path)]);
}

/** @throws ConfigError for an unknown flag, a stray word, or a flag that was given twice and must not be */
function readGiven(
  { command, flags, words }: Pick<Words, 'command' | 'flags' | 'words'>,
  argv: readonly string[],
): Givens {
  const options = optionsOf(command);
  checkNames(flags, command, options);
  const positional = readWords(words, command);
  const givens = new Map<string, readonly Given[]>();
  for (const [name, option] of Object.entries(options).filter(([key]) => key in flags)) {
    givens.set(name, readFlag(name, option, flags[name], argv));
  }
  for (const [name, given] of positional) {
    const others = givens.get(name) ?? [];
    if (options[name]?.kind !== 'list' && others.length > 0) {
      throw new ConfigError(
        `read ${originOf(argv, name)}: its value is also given without the flag; give it once`,
      );
    }
    givens.set(name, [...others, ...given]);
  }
  return givens;
}

function readFlag(
  name: string,
  option: Option,
  value: unknown,
  argv: readonly string[],
): readonly Given[] {
  const origin = originOf(argv, name);
  const texts = [value].flat().map(String);
  if (option.kind !== 'switch' && typeof value === 'boolean') {
    throw new ConfigError(`read command line: unknown flag "--no-${name}"; omit --${name}`);
  }
  if (option.kind !== 'list' && texts.length > 1) {
    const quoted = texts.map((text) => `"${shown(text, option)}"`).join(', ');
    throw new ConfigError(`read ${origin} ${quoted}: given ${texts.length} times; give it once`);
  }
  return texts.map((text) => ({ text, origin }));
}

function checkNames(flags: Flags, command: CommandName, options: Options): void {
  const letters = Object.values(options).map(({ alias }) => alias);
  const known = new Set(['help', 'h', 'version', 'V', ...Object.keys(options), ...letters]);
  const [unknown] = Object.keys(flags).filter((name) => !known.has(name));
  if (unknown !== undefined) {
    const dashed = `${unknown.length === 1 ? '-' : '--'}${unknown}`;
    const names = [...Object.keys(options), 'help', 'version'].map((name) => `--${name}`);
    const others = commandsWith(unknown).join(', ');
    const hint =
      others === ''
        ? didYouMean(dashed, names)
        : `: it is an option of ${others}, not of ${command}`;
    throw new ConfigError(`read command line: unknown flag "${dashed}"${hint}`);
  }
}

/**
 * Words after the command are devices, and from the first one of a filter on they are that, or its operand: as the
 * command has it. Without a command, a word is one that was mistyped.
 */
function readWords([first, ...rest]: readonly string[], command: CommandName): Givens {
  if (first === undefined) {
    return new Map();
  }
  if (first !== command) {
    const hint = didYouMean(first, Object.keys(COMMANDS));
    const remedy = hint || '; to count on a device of that name, write "run" before it';
    throw new ConfigError(`read command line: unknown command "${redactWord(first)}"${remedy}`);
  }
  const options = optionsOf(command);
  const operand = operandOf(command);
  const operands = operand === undefined ? [] : rest.slice(0, 1);
  const start = 'filter' in options ? rest.findIndex(beginsFilter) : -1;
  const filter = start < 0 ? [] : rest.slice(start);
  const devices = rest.slice(operands.length, rest.length - filter.length);
  checkDevices(devices, command);
  const given = {
    device: devices.map((text) => ({ text, origin: 'DEVICE' })),
    filter: filter.length === 0 ? [] : [{ text: filter.join(' '), origin: 'FILTER' }],
    ...(operand === undefined
      ? {}
      : { [operand]: operands.map((text) => ({ text, origin: OPERANDS[operand] ?? operand })) }),
  };
  return new Map(Object.entries(given).filter(([, texts]) => texts.length > 0));
}

function checkDevices(words: readonly string[], command: CommandName): void {
  const stray = words.find((word) => isCommand(word) || !COMMANDS[command].takesDevices);
  if (stray !== undefined) {
    const remedy = isCommand(stray) ? 'give one command' : `${command} takes only options`;
    throw new ConfigError(`read command line: unexpected word "${redactWord(stray)}"; ${remedy}`);
  }
}

/** A stray word may be a URL with a password. */
function redactWord(word: string): string {
  return word.includes('://') ? redactText(word) : word;
}
