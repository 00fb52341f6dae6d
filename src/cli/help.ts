// SPDX-License-Identifier: Apache-2.0
// Options as yargs is told of them: to parse, and to show in the help.
import type { Argv, Options as YargsOption } from 'yargs';
import { COMMANDS, type CommandName, OPERANDS, operandOf, optionsOf } from '../options/commands.ts';
import type { Option, Options } from '../options/option.ts';

/**
 * To parse, every value is a text and none has a default: the schema judges what was given. Only the help has numbers,
 * choices and defaults.
 */
export function addOptions(cli: Argv, command: CommandName, words: readonly string[]): Argv {
  const { groups, examples, describe } = COMMANDS[command];
  const isHelp = words.some((word) => HELP.includes(word));
  for (const [group, options] of Object.entries<Options>(groups)) {
    for (const [name, option] of Object.entries(options)) {
      cli.option(name, {
        group: `${group}:`,
        ...(option.alias === undefined ? {} : { alias: option.alias }),
        ...(isHelp ? helpOf(option) : PARSED[option.kind]),
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

/** What a script can tell from the end of the process. */
export const EXIT_CODES = {
  0: 'Done, also when a signal, --count or --duration ended it, or the reader of its output left',
  1: 'The work could not be done: a port in use, a device down under --strict, a full disk',
  2: 'Something must be put right first: options, the file, rights, libbpf; nothing was attached',
  '128+N': 'A second signal, of number N, ended it at once',
} as const;

/** What may follow the name of the program. */
export function usageOf(command: CommandName): string {
  const devices = COMMANDS[command].takesDevices ? ' [DEVICE..]' : '';
  const filter = 'filter' in optionsOf(command) ? ' [FILTER]' : '';
  const operand = operandOf(command);
  const word = operand === undefined ? '' : ` ${OPERANDS[operand]}`;
  return `$0 ${command}${devices}${filter}${word} [options]`;
}

const HELP: readonly string[] = ['--help', '-h'];

const TEXT = { string: true, requiresArg: true } as const;
const PARSED = { switch: { boolean: true }, list: TEXT, one: TEXT } as const;

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
