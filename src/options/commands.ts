// SPDX-License-Identifier: Apache-2.0
// The commands: which groups of options each takes, and the options that are its own.
import { LOGGER } from './logger-schema.ts';
import { choice, flag, number, type Options, type ValuesOf } from './option.ts';
import {
  CHECK,
  COUNTING,
  DEVICES,
  FILE,
  LOG_LINES,
  NAMESPACES,
  OTLP,
  TOP_SOURCES,
  WEB,
} from './schema.ts';

const output = choice(['text', 'json'], {
  alias: 'o',
  default: 'text',
  help: 'Format of the output; json is one object a line',
});

const TABLES = {
  interval: number({
    min: 0.1,
    max: 3_600,
    unit: 'seconds',
    default: 1,
    help: 'Time between two tables',
  }),
  count: number({
    min: 1,
    max: 1_000_000_000,
    unit: 'tables',
    whole: true,
    help: 'Tables to print; default: until Ctrl-C',
    example: '10',
  }),
  once: flag({ default: false, help: 'Print one table, after one interval' }),
  output,
};

const PACKETS = {
  count: number({
    min: 1,
    max: 1_000_000_000_000,
    unit: 'packets',
    whole: true,
    help: 'Packets to print; default: until Ctrl-C',
    example: '100',
  }),
  duration: number({
    min: 0.1,
    max: 31_536_000,
    unit: 'seconds',
    help: 'Time until it ends; default: until Ctrl-C',
    example: '60',
  }),
  output,
};

const TRAFFIC = {
  duration: number({
    min: 1,
    max: 86_400,
    unit: 'seconds',
    help: 'Time until it ends; default: until Ctrl-C',
    example: '60',
  }),
  rate: number({
    min: 1,
    max: 10_000_000,
    unit: 'packets per second',
    default: 200_000,
    help: 'Packets to generate',
  }),
  observe: flag({
    default: false,
    help: 'Let a filter of another process drop a flood, and observe its verdicts; exits with 2 where this kernel does not let it',
  }),
};

interface Command {
  readonly describe: string;
  /** Words after the command are devices. */
  readonly takesDevices: boolean;
  /** By what one would type: what it does. */
  readonly examples: Readonly<Record<string, string>>;
  /** By heading. */
  readonly groups: Readonly<Record<string, Options>>;
}

export const COMMANDS = {
  run: {
    describe: 'Serve the metrics of XDP programs on network devices (the default)',
    takesDevices: true,
    examples: {
      'run eth0': 'count on eth0',
      'run --device-default-route --web.listen-address :10390': 'serve on every interface',
      'run --config.file /etc/xdp-exporter.yaml --config.check': 'check the file',
    },
    groups: {
      Devices: DEVICES,
      'Network namespaces': NAMESPACES,
      Counting: COUNTING,
      Logger: LOGGER,
      'Top sources': TOP_SOURCES,
      Web: WEB,
      OTLP,
      'Log lines': LOG_LINES,
      'Configuration file': FILE,
      'Configuration check': CHECK,
    },
  },
  top: {
    describe: 'Print packets and bytes per action and per CPU, each second',
    takesDevices: true,
    examples: {
      'top eth0': 'a table each second',
      'top eth0 --interval 10 --count 6 -o json': 'six tables in a minute, as JSON',
    },
    groups: {
      Devices: DEVICES,
      'Network namespaces': NAMESPACES,
      Tables: TABLES,
      'Configuration file': FILE,
    },
  },
  log: {
    describe: 'Print a line for every packet: its time, source, ports, protocol, length and action',
    takesDevices: true,
    examples: {
      'log eth0': 'every packet until Ctrl-C',
      'log eth0 --count 10 -o json': 'ten packets as JSON',
    },
    groups: {
      Devices: DEVICES,
      'Network namespaces': NAMESPACES,
      Packets: PACKETS,
      'Configuration file': FILE,
    },
  },
  devices: {
    describe: 'List network devices, their drivers, their XDP modes and the programs on them',
    takesDevices: false,
    examples: {
      devices: 'those of this network namespace',
      'devices --netns "*" -o json': 'those of every named one, as JSON',
    },
    groups: { 'Network namespaces': NAMESPACES, Output: { output } },
  },
  doctor: {
    describe: 'Say what the exporter can do on this machine and its devices, and what is missing',
    takesDevices: true,
    examples: {
      doctor: 'the machine, the rights of this process, and every device',
      'doctor eth0 -o json': 'and whether eth0 can be counted, as JSON',
    },
    groups: {
      Devices: DEVICES,
      'Network namespaces': NAMESPACES,
      Output: { output },
      'Configuration file': FILE,
    },
  },
  demo: {
    describe: 'Count generated packets on a virtual network of its own',
    takesDevices: false,
    examples: {
      'demo --rate 1000 --duration 60': 'a minute of little traffic',
      'demo --observe': "a flood, and another's program that drops it",
    },
    groups: {
      Traffic: TRAFFIC,
      Logger: LOGGER,
      'Top sources': TOP_SOURCES,
      Web: WEB,
      OTLP,
      'Log lines': LOG_LINES,
      'Configuration file': FILE,
    },
  },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

type Intersection<Union> = (Union extends unknown ? (member: Union) => void : never) extends (
  member: infer All,
) => void
  ? All
  : never;

type GroupsOf<Name extends CommandName> = (typeof COMMANDS)[Name]['groups'];

/** By option: the values that a command is given. */
export type Values<Name extends CommandName = CommandName> = Name extends CommandName
  ? ValuesOf<Intersection<GroupsOf<Name>[keyof GroupsOf<Name>]>>
  : never;

export function isCommand(word: unknown): word is CommandName {
  return typeof word === 'string' && Object.hasOwn(COMMANDS, word);
}

/** All options of a command, by name. */
export function optionsOf(command: CommandName): Options {
  return Object.assign({}, ...Object.values<Options>(COMMANDS[command].groups));
}

/** Names of the commands that have an option of that name. */
export function commandsWith(name: string): readonly CommandName[] {
  return Object.keys(COMMANDS)
    .filter(isCommand)
    .filter((command) => Object.hasOwn(optionsOf(command), name));
}
