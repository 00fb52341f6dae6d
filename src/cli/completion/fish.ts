// SPDX-License-Identifier: Apache-2.0
// The completion of fish.
import {
  type Completed,
  type CompletedCommand,
  type CompletedOption,
  completedCommands,
  DEFAULT_COMMAND,
} from './words.ts';

const quote = (text: string) => `'${text.replace(/['\\]/g, String.raw`\$&`)}'`;

function parameters(value: Completed): string {
  switch (value) {
    case 'nothing':
      return '';
    case 'device':
      return " -x -a '(__xdp_exporter_names /sys/class/net)'";
    case 'netns':
      return " -x -a '(__xdp_exporter_names /run/netns)'";
    case 'file':
      return ' -r -F';
    case 'anything':
      return ' -x';
    default:
      return ` -x -a ${quote(value.join(' '))}`;
  }
}

function optionLine(condition: string, { flag, letter, help, value }: CompletedOption): string {
  const short = letter === undefined ? '' : ` -s ${letter.slice(1)}`;
  return `complete -c xdp-exporter -n ${condition} -l ${flag.slice(2)}${short}${parameters(value)} -d ${quote(help)}\n`;
}

function commandLines({ name, options, words, takesDevices }: CompletedCommand): string {
  const condition = quote(`__xdp_exporter_command ${name}`);
  const rest = [
    ...(takesDevices ? ["'(__xdp_exporter_names /sys/class/net)'"] : []),
    ...(words.length > 0 ? [quote(words.join(' '))] : []),
  ];
  // A device may also stand where a command would; there the list of commands is more use.
  const named = quote(`__xdp_exporter_named ${name}`);
  return [
    ...options.map((option) => optionLine(condition, option)),
    ...rest.map((list) => `complete -c xdp-exporter -n ${named} -a ${list}\n`),
  ].join('');
}

export function fishCompletion(): string {
  const commands = completedCommands();
  const names = commands.map(({ name }) => name).join(' ');
  const described = commands.map(
    ({ name, describe }) =>
      `complete -c xdp-exporter -n __fish_use_subcommand -a ${name} -d ${quote(describe)}\n`,
  );
  return `# fish completion of xdp-exporter, written by "xdp-exporter completion fish"
function __xdp_exporter_names
    for path in $argv[1]/*
        string replace -r '.*/' '' -- $path
    end
end

function __xdp_exporter_named
    set -l words (commandline -opc)
    test (count $words) -gt 1; and test "$words[2]" = $argv[1]
end

function __xdp_exporter_command
    __xdp_exporter_named $argv[1]; and return 0
    set -l words (commandline -opc)
    test $argv[1] = ${DEFAULT_COMMAND}; and not contains -- "$words[2]" ${names}
end

complete -c xdp-exporter -f
${described.join('')}${commands.map(commandLines).join('')}`;
}
