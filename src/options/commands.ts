// SPDX-License-Identifier: Apache-2.0
// The commands: which groups of options each takes.
import { output, PACKETS, REPORTS, SHELL, TRAFFIC } from './command-schema.ts';
import { CONTROL } from './control-socket.ts';
import { PRIVILEGES } from './drop-privileges.ts';
import { LOGGER, TOP } from './logger-schema.ts';
import type { Options, ValuesOf } from './option.ts';
import { CHECK, COUNTING, DEVICES, FILE, LOG_LINES, NAMESPACES, OTLP, WEB } from './schema.ts';
import { PINNED, STATE } from './state-pin.ts';

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
      'Top lists': TOP,
      Web: WEB,
      Control: CONTROL,
      Privileges: PRIVILEGES,
      'Pinned state': STATE,
      OTLP,
      'Log lines': LOG_LINES,
      'Configuration file': FILE,
      'Configuration check': CHECK,
    },
  },
  top: {
    describe: 'Show rates by action, CPU, protocol, size and source, live on a terminal',
    takesDevices: true,
    examples: {
      'top eth0': 'a screen on a terminal, otherwise a table every second',
      'top eth0 --once': 'one plain table',
      'top eth0 --interval 10 --count 6 -o json': 'six reports in a minute, as JSON',
    },
    groups: {
      Devices: DEVICES,
      'Network namespaces': NAMESPACES,
      Reports: REPORTS,
      Logger: LOGGER,
      'Top lists': TOP,
      Control: CONTROL,
      'Configuration file': FILE,
    },
  },
  log: {
    describe: "Print a line for every packet, or for those that match a filter in tcpdump's syntax",
    takesDevices: true,
    examples: {
      'log eth0': 'every packet until Ctrl-C',
      'log eth0 udp and dst port 53': 'DNS queries',
      "log eth0 'tcp syn and not tcp ack' --count 10 -o json": 'ten connection attempts, as JSON',
    },
    groups: {
      Devices: DEVICES,
      'Network namespaces': NAMESPACES,
      Packets: PACKETS,
      Control: CONTROL,
      'Configuration file': FILE,
    },
  },
  devices: {
    describe: 'List network devices with their drivers, XDP modes and XDP programs',
    takesDevices: false,
    examples: {
      devices: 'the devices of this network namespace',
      'devices --netns "*" -o json': 'the devices of every named network namespace, as JSON',
    },
    groups: { 'Network namespaces': NAMESPACES, Output: { output } },
  },
  doctor: {
    describe: 'Check what the exporter can do on this machine and its devices, and what is missing',
    takesDevices: true,
    examples: {
      doctor: 'the machine, the capabilities of this process, and every device',
      'doctor eth0 -o json': 'also whether eth0 can be counted, as JSON',
    },
    groups: {
      Devices: DEVICES,
      'Network namespaces': NAMESPACES,
      Output: { output },
      'Configuration file': FILE,
    },
  },
  demo: {
    describe: 'Count generated packets on a temporary virtual network',
    takesDevices: false,
    examples: {
      'demo --rate 1000 --duration 60': 'one minute of light traffic',
      'demo --scenario flood':
        'three minutes with a flood in the middle; also: syn, scan and burst',
      'demo --observe': 'a flood, and a filter of another process that drops it',
    },
    groups: {
      Traffic: TRAFFIC,
      Logger: LOGGER,
      'Top lists': TOP,
      Web: WEB,
      Control: CONTROL,
      OTLP,
      'Log lines': LOG_LINES,
      'Configuration file': FILE,
    },
  },
  unpin: {
    describe: 'Take out of the kernel what an exporter with --state.pin left there',
    takesDevices: false,
    examples: {
      'unpin /sys/fs/bpf/xdp-exporter': 'detach its programs and remove its counters',
    },
    groups: { Directory: PINNED },
  },
  completion: {
    describe: 'Write a shell script that completes commands, options and their values',
    takesDevices: false,
    examples: {
      'completion bash': 'for bash; write it to /etc/bash_completion.d/xdp-exporter',
      'completion zsh': 'for zsh; write it to a folder in $fpath, as _xdp-exporter',
      'completion fish': 'for fish; write it to ~/.config/fish/completions/xdp-exporter.fish',
    },
    groups: { Shell: SHELL },
  },
} as const satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

/** Options that a word after the command may stand for, and how the usage calls it. */
export const OPERANDS: Readonly<Record<string, string>> = { shell: 'SHELL', directory: 'DIR' };

/** The one that a command has; undefined where it has none. */
export function operandOf(command: CommandName): string | undefined {
  return Object.keys(optionsOf(command)).find((name) => Object.hasOwn(OPERANDS, name));
}

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
