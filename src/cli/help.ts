// SPDX-License-Identifier: Apache-2.0
// The help, and the version: yargs writes them from the schema of options.
import yargs, { type Argv, type Options as YargsOption } from 'yargs';
import {
  COMMANDS,
  type CommandName,
  isCommand,
  OPERANDS,
  operandOf,
  optionsOf,
} from '../options/commands.ts';
import type { Option, Options } from '../options/option.ts';

/** What a script can tell from the end of the process. */
export const EXIT_CODES = {
  0: 'Success, including an end by a signal, --count, --duration or a closed output pipe',
  1: 'Failure at run time, such as a port in use, a device down with --strict, or a full disk',
  2: 'A wrong option or file, or a missing capability or libbpf; nothing was attached',
  '128+N': 'Killed at once by a second signal, with number N',
} as const;

/** What may follow the name of the program. */
export function usageOf(command: CommandName): string {
  const devices = COMMANDS[command].takesDevices ? ' [DEVICE..]' : '';
  const filter = 'filter' in optionsOf(command) ? ' [FILTER]' : '';
  const operand = operandOf(command);
  const word = operand === undefined ? '' : ` ${OPERANDS[operand]}`;
  return `$0 ${command}${devices}${filter}${word} [options]`;
}

/** Prints what the words ask for. */
export async function printHelp(words: readonly string[], version: string): Promise<void> {
  const exitCodes = Object.entries(EXIT_CODES)
    .map(([code, meaning]) => `  ${code.padEnd(5)}  ${meaning}`)
    .join('\n');
  const cli = yargs(words)
    .scriptName('xdp-exporter')
    .parserConfiguration({ 'dot-notation': false, 'camel-case-expansion': false })
    .detectLocale(false)
    .version(version)
    .alias('version', 'V')
    .help()
    .alias('help', 'h')
    .wrap(100)
    .epilogue(
      `Each option can be set by a flag, by a variable (--log.level by XDP_EXPORTER_LOG_LEVEL), and for run in the file of --config.file ("log.level: debug"), in this order of precedence.\n\nExit codes:\n${exitCodes}`,
    )
    .exitProcess(false);
  for (const command of Object.keys(COMMANDS).filter(isCommand)) {
    cli.command({
      command: command === 'run' ? ['run', '$0'] : command,
      describe: COMMANDS[command].describe,
      builder: (commandCli: Argv) => addOptions(commandCli, command),
      handler: () => {},
    });
  }
  await cli.parseAsync();
}

function addOptions(cli: Argv, command: CommandName): Argv {
  const { groups, examples, describe } = COMMANDS[command];
  for (const [group, options] of Object.entries<Options>(groups)) {
    for (const [name, option] of Object.entries(options)) {
      cli.option(name, {
        group: `${group}:`,
        ...(option.alias === undefined ? {} : { alias: option.alias }),
        ...helpOf(option),
      });
    }
  }
  for (const [line, purpose] of Object.entries(examples)) {
    cli.example(`$0 ${line}`, purpose);
  }
  const usage = usageOf(command);
  // Above the usage of its default command yargs puts the description by itself.
  return cli.usage(command === 'run' ? usage : `${usage}\n\n${describe}`);
}

const SHOWN = {
  switch: { boolean: true },
  list: { array: true },
  one: { string: true },
} as const;

function helpOf({ kind, help, example, range, choices, default: value }: Option): YargsOption {
  const isJson = kind === 'switch' || range !== undefined;
  const details = [
    range && `${range.unit === undefined ? '' : `${range.unit}, `}${range.min} to ${range.max}`,
    example && `such as ${example}`,
  ].filter(Boolean);
  return {
    describe: details.length === 0 ? help : `${help} (${details.join('; ')})`,
    ...(range === undefined ? SHOWN[kind] : { number: true }),
    ...(choices === undefined ? {} : { choices }),
    ...(value === undefined ? {} : { default: isJson ? JSON.parse(value) : value }),
  };
}
