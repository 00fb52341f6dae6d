// SPDX-License-Identifier: Apache-2.0
// The command line: yargs parses and writes the help, and one function here checks what yargs lets pass.
import { distance } from 'fastest-levenshtein';
import yargs, { type Argv } from 'yargs';
import type { RawValues } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { defaultOf, type Environment, parseSwitch } from './environment.ts';
import {
  DEMO_FLAGS,
  DEVICE_FLAGS,
  type Flags,
  LOG_FLAGS,
  LOGGER_FLAGS,
  OTLP_FLAGS,
  PACKET_LOG_FLAGS,
  RUN_FLAGS,
  TOP_FLAGS,
  WEB_FLAGS,
} from './flags.ts';

const COMMANDS = {
  run: {
    describe: 'Serve the metrics of XDP programs on network devices (the default)',
    flags: {
      ...DEVICE_FLAGS,
      ...RUN_FLAGS,
      ...LOGGER_FLAGS,
      ...WEB_FLAGS,
      ...OTLP_FLAGS,
      ...LOG_FLAGS,
    },
  },
  top: {
    describe: 'Print packets and bytes per action and per CPU, each second',
    flags: { ...DEVICE_FLAGS, ...TOP_FLAGS },
  },
  log: {
    describe: 'Print a line for every packet: its time, source, ports, protocol, length and action',
    flags: { ...DEVICE_FLAGS, ...PACKET_LOG_FLAGS },
  },
  demo: {
    describe: 'Count generated packets on a virtual network of its own',
    flags: { ...DEMO_FLAGS, ...LOGGER_FLAGS, ...WEB_FLAGS, ...OTLP_FLAGS, ...LOG_FLAGS },
  },
} as const satisfies Record<string, { describe: string; flags: Flags }>;

type CommandName = keyof typeof COMMANDS;

export interface CommandLine {
  readonly command: CommandName;
  readonly values: RawValues;
}

/** Undefined where yargs has answered by itself: --help, --version. */
export async function parseCommandLine(
  argv: readonly string[],
  environment: Environment,
  version: string,
): Promise<CommandLine | undefined> {
  let parsed: CommandLine | undefined;
  const cli = yargs(argv.map(normalize))
    .scriptName('xdp-exporter')
    .parserConfiguration({ 'dot-notation': false, 'camel-case-expansion': false })
    .detectLocale(false)
    .version(version)
    .help()
    .wrap(100)
    .epilogue('Each flag can be set by a variable: --log.level by XDP_EXPORTER_LOG_LEVEL.')
    .exitProcess(false)
    .fail((message, error) => {
      throw error instanceof ConfigError
        ? error
        : new ConfigError(`read command line: ${message ?? error.message}`, { cause: error });
    });
  for (const [name, { describe, flags }] of Object.entries(COMMANDS)) {
    const command = name as CommandName;
    cli.command({
      command: command === 'run' ? ['run', '$0'] : command,
      describe,
      builder: (commandCli: Argv) => addFlags(commandCli, flags, environment),
      handler: (values) => {
        parsed = { command, values: checkValues(values, flags) };
      },
    });
  }
  await cli.parseAsync();
  return parsed;
}

const SWITCHES: ReadonlySet<string> = new Set(
  Object.values(COMMANDS).flatMap(({ flags }) =>
    Object.entries(flags as Flags).flatMap(([name, { kind }]) => (kind === 'switch' ? [name] : [])),
  ),
);

/** What yargs would let pass or stumble over: "--strict=maybe" is false to it, "--toString" an accident. */
function normalize(word: string): string {
  const [, name = '', value] = /^--([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  if (name in {}) {
    throw new ConfigError(`read command line: unknown flag "--${name}"`);
  }
  return SWITCHES.has(name) && value !== undefined
    ? `--${name}=${parseSwitch(`--${name}`, value)}`
    : word;
}

function addFlags(cli: Argv, flags: Flags, environment: Environment): Argv {
  for (const [name, flag] of Object.entries(flags)) {
    const value = defaultOf(name, flag, environment);
    cli.option(name, {
      describe: flag.describe,
      ...(flag.kind === 'switch' ? { boolean: true } : { string: true, requiresArg: true }),
      ...(flag.alias === undefined ? {} : { alias: flag.alias }),
      ...(value === undefined ? {} : { default: value }),
    });
  }
  return cli;
}

/** @throws ConfigError for an unknown flag, a stray word, or a flag that was given twice and must not be */
function checkValues(values: Readonly<Record<string, unknown>>, flags: Flags): RawValues {
  checkNames(values, flags);
  checkWords(values['_'] as readonly unknown[]);
  checkRepetition(values, flags);
  return {
    text: (name) => values[name] as string | undefined,
    texts: (name) => [values[name] ?? []].flat() as string[],
    isOn: (name) => values[name] === true,
  };
}

function checkNames(values: Readonly<Record<string, unknown>>, flags: Flags): void {
  const known = new Set(['_', '$0', 'help', 'version', ...Object.keys(flags)]);
  for (const { alias } of Object.values(flags)) {
    known.add(alias ?? '_');
  }
  for (const name of Object.keys(values).filter((candidate) => !known.has(candidate))) {
    throw unknownFlag(name, Object.keys(flags));
  }
}

function checkWords([first, second]: readonly unknown[]): void {
  if (first !== undefined && !isCommand(first)) {
    throw unknownCommand(String(first));
  }
  if (second !== undefined && !isCommand(second)) {
    throw unknownCommand(String(second));
  }
  if (second !== undefined) {
    throw new ConfigError(`read command line: unexpected word "${second}"; flags begin with "--"`);
  }
}

function checkRepetition(values: Readonly<Record<string, unknown>>, flags: Flags): void {
  for (const [name, { kind }] of Object.entries(flags)) {
    const value = values[name];
    if (kind !== 'switch' && typeof value === 'boolean') {
      throw unknownFlag(`no-${name}`, Object.keys(flags));
    }
    if (kind !== 'list' && Array.isArray(value)) {
      const given = value.map((item) => `"${item}"`).join(', ');
      throw new ConfigError(`read --${name} ${given}: given ${value.length} times; give it once`);
    }
  }
}

function isCommand(word: unknown): boolean {
  return typeof word === 'string' && Object.hasOwn(COMMANDS, word);
}

function unknownFlag(name: string, known: readonly string[]): ConfigError {
  const dashes = name.length === 1 ? '-' : '--';
  return new ConfigError(
    `read command line: unknown flag "${dashes}${name}"; did you mean "--${nearest(name, known)}"?`,
  );
}

function unknownCommand(word: string): ConfigError {
  const commands = Object.keys(COMMANDS);
  return new ConfigError(
    `read command line: unknown command "${word}"; did you mean "${nearest(word, commands)}"?`,
  );
}

function nearest(word: string, candidates: readonly string[]): string {
  const [first = ''] = candidates.toSorted((a, b) => distance(word, a) - distance(word, b));
  return first;
}
