// SPDX-License-Identifier: Apache-2.0
// The command line: yargs parses and writes the help, the schema of options says what there is.
import yargs, { type Argv } from 'yargs';
import { redactText } from '../endpoint.ts';
import { ConfigError } from '../errors.ts';
import { beginsFilter } from '../filter/filter.ts';
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
import { addOptions, EXIT_CODES } from './help.ts';

const exitCodes = Object.entries(EXIT_CODES)
  .map(([code, meaning]) => `  ${code.padEnd(5)}  ${meaning}`)
  .join('\n');

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
 * Undefined where yargs has answered by itself: --help, --version.
 * @throws ConfigError for whatever is wrong with flags, words, variables or the file
 */
export async function parseCommandLine(
  argv: readonly string[],
  environment: Environment,
  version: string,
): Promise<AnyCommandLine | undefined> {
  const words = normalizeWords(argv);
  let parsed: { command: CommandName; given: Givens } | undefined;
  const cli = yargs(words)
    .scriptName('xdp-exporter')
    .parserConfiguration({
      'dot-notation': false,
      'camel-case-expansion': false,
      'parse-positional-numbers': false,
    })
    .detectLocale(false)
    .version(version)
    .alias('version', 'V')
    .help()
    .alias('help', 'h')
    .wrap(100)
    .epilogue(
      `Each option can be set by a flag, by a variable (--log.level by XDP_EXPORTER_LOG_LEVEL), and for run in the file of --config.file ("log.level: debug"); the first of them wins.\n\nExit codes:\n${exitCodes}`,
    )
    .exitProcess(false)
    .fail((message, error) => {
      throw error instanceof ConfigError
        ? error
        : parseFailure(message ?? error.message, argv, error);
    });
  for (const command of Object.keys(COMMANDS).filter(isCommand)) {
    cli.command({
      command: command === 'run' ? ['run', '$0'] : command,
      describe: COMMANDS[command].describe,
      builder: (commandCli: Argv) => addOptions(commandCli, command, words),
      handler: (values) => {
        parsed = { command, given: readGiven(values, command, argv) };
      },
    });
  }
  await cli.parseAsync();
  if (parsed === undefined) {
    return undefined;
  }
  const { command, given } = parsed;
  const read = () => readAll(command, given, environment);
  return { ...(await read()), command, reread: read } as AnyCommandLine;
}

/** What yargs itself refuses. */
function parseFailure(message: string, words: readonly string[], cause: unknown): ConfigError {
  const [, name] = /^Not enough arguments following: (.*)$/.exec(message) ?? [];
  return name === undefined
    ? new ConfigError(`read command line: ${message}`, { cause })
    : new ConfigError(`read ${originOf(words, name)}: it has no value; give it one`, { cause });
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

type YargsValues = Readonly<Record<string, unknown>>;

/** @throws ConfigError for an unknown flag, a stray word, or a flag that was given twice and must not be */
function readGiven(values: YargsValues, command: CommandName, words: readonly string[]): Givens {
  const options = optionsOf(command);
  checkNames(values, command, options);
  const positional = readWords(values['_'] as readonly string[], command);
  const givens = new Map<string, readonly Given[]>();
  for (const [name, option] of Object.entries(options).filter(([key]) => key in values)) {
    givens.set(name, readFlag(name, option, values[name], words));
  }
  for (const [name, given] of positional) {
    const flags = givens.get(name) ?? [];
    if (options[name]?.kind !== 'list' && flags.length > 0) {
      throw new ConfigError(`read ${originOf(words, name)}: there are words for it, too; give one`);
    }
    givens.set(name, [...flags, ...given]);
  }
  return givens;
}

function readFlag(
  name: string,
  option: Option,
  value: unknown,
  words: readonly string[],
): readonly Given[] {
  const origin = originOf(words, name);
  const texts = [value].flat().map(String);
  if (option.kind !== 'switch' && typeof value === 'boolean') {
    throw new ConfigError(`read command line: unknown flag "--no-${name}"; leave --${name} out`);
  }
  if (option.kind !== 'list' && texts.length > 1) {
    const quoted = texts.map((text) => `"${shown(text, option)}"`).join(', ');
    throw new ConfigError(`read ${origin} ${quoted}: given ${texts.length} times; give it once`);
  }
  return texts.map((text) => ({ text, origin }));
}

function checkNames(values: YargsValues, command: CommandName, options: Options): void {
  const known = new Set(['_', '$0', 'help', 'h', 'version', 'V', ...Object.keys(options)]);
  for (const { alias } of Object.values(options)) {
    known.add(alias ?? '_');
  }
  const [unknown] = Object.keys(values).filter((name) => !known.has(name));
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
    const remedy = hint || '; to count on a device of that name, write "run" in front of it';
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
    const remedy = isCommand(stray) ? 'give one command' : `${command} takes options alone`;
    throw new ConfigError(`read command line: unexpected word "${redactWord(stray)}"; ${remedy}`);
  }
}

/** A stray word may be a URL with a password. */
function redactWord(word: string): string {
  return word.includes('://') ? redactText(word) : word;
}
