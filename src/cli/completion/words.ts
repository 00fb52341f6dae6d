// SPDX-License-Identifier: Apache-2.0
// What may be completed, for every shell.
import { FILTER_WORDS } from '../../filter/parse.ts';
import { SHELLS } from '../../options/command-schema.ts';
import { COMMANDS, type CommandName, isCommand, optionsOf } from '../../options/commands.ts';
import type { Option } from '../../options/option.ts';

/** What may follow an option: nothing, one of these words, what there is on the machine, or anything. */
export type Completed = 'nothing' | readonly string[] | 'device' | 'netns' | 'file' | 'anything';

export interface CompletedOption {
  /** "--log.level". */
  readonly flag: string;
  /** "-o". */
  readonly letter?: string;
  readonly help: string;
  readonly value: Completed;
  readonly repeats: boolean;
}

export interface CompletedCommand {
  readonly name: CommandName;
  readonly describe: string;
  readonly options: readonly CompletedOption[];
  /** Words that may follow, beside options. */
  readonly words: readonly string[];
  readonly takesDevices: boolean;
}

/** The command that is meant where none is named. */
export const DEFAULT_COMMAND: CommandName = 'run';

export function completedCommands(): readonly CompletedCommand[] {
  return Object.keys(COMMANDS)
    .filter(isCommand)
    .map((name) => ({
      name,
      describe: COMMANDS[name].describe,
      options: [...Object.entries(optionsOf(name)).flatMap(completedOption), ...COMMON],
      words: wordsOf(name),
      takesDevices: COMMANDS[name].takesDevices,
    }));
}

function wordsOf(name: CommandName): readonly string[] {
  const options = optionsOf(name);
  return [...('filter' in options ? FILTER_WORDS : []), ...('shell' in options ? SHELLS : [])];
}

const COMMON: readonly CompletedOption[] = [
  { flag: '--help', letter: '-h', help: 'Show help', value: 'nothing', repeats: false },
  { flag: '--version', letter: '-V', help: 'Show the version', value: 'nothing', repeats: false },
];

function completedOption([name, option]: [string, Option]): readonly CompletedOption[] {
  const { alias, help, kind, default: value } = option;
  const isOn = kind === 'switch' && value === 'true';
  return [
    {
      // A switch that is on by itself is only ever turned off.
      flag: isOn ? `--no-${name}` : `--${name}`,
      ...(alias === undefined ? {} : { letter: `-${alias}` }),
      help: isOn ? `Do not: ${help}` : help,
      value: completedBy(option),
      repeats: kind === 'list',
    },
  ];
}

function completedBy({ kind, choices, names }: Option): Completed {
  return kind === 'switch' ? 'nothing' : (choices ?? names ?? 'anything');
}
