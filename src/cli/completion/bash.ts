// SPDX-License-Identifier: Apache-2.0
// The completion of bash. It needs nothing but bash 4.
import {
  type Completed,
  type CompletedCommand,
  completedCommands,
  DEFAULT_COMMAND,
} from './words.ts';

/** Words to choose from, as bash finds them; undefined for files, which it lists by itself. */
function candidates(value: Completed): string | undefined {
  switch (value) {
    case 'device':
      return '$(_xdp_exporter_names /sys/class/net)';
    case 'netns':
      return '$(_xdp_exporter_names /run/netns)';
    case 'file':
      return undefined;
    case 'nothing':
    case 'anything':
      return '';
    default:
      return value.join(' ');
  }
}

function optionCases({ options }: CompletedCommand): string {
  return options
    .filter(({ value }) => value !== 'nothing')
    .map(({ flag, letter, value }) => {
      const pattern = letter === undefined ? flag : `${flag} | ${letter}`;
      const words = candidates(value);
      const work =
        words === undefined
          ? 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")'
          : `_xdp_exporter_reply "${words}"`;
      return `        ${pattern}) ${work}; return ;;\n`;
    })
    .join('');
}

function commandCase(command: CompletedCommand): string {
  const { name, options, words, takesDevices } = command;
  const flags = options.flatMap(({ flag, letter = [] }) => [flag, letter].flat());
  const devices = takesDevices ? [candidates('device')] : [];
  return `    ${name})
      case $prev in
${optionCases(command)}      esac
      flags="${flags.join(' ')}"
      words="${[...devices, ...words].join(' ')}"
      ;;
`;
}

export function bashCompletion(): string {
  const commands = completedCommands();
  const names = commands.map(({ name }) => name);
  return `# bash completion of xdp-exporter, written by "xdp-exporter completion bash"
_xdp_exporter_names() {
  local path
  for path in "$1"/*; do
    [ -e "$path" ] && printf '%s\\n' "\${path##*/}"
  done
}

_xdp_exporter_reply() {
  mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur")
}

_xdp_exporter() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]} command flags words
  COMPREPLY=()
  # bash makes three words of "--output=json".
  if [ "$cur" = = ]; then
    cur=
  elif [ "$prev" = = ]; then
    prev=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  command=${DEFAULT_COMMAND}
  if [ "$COMP_CWORD" -gt 1 ]; then
    case \${COMP_WORDS[1]} in
      ${names.join(' | ')}) command=\${COMP_WORDS[1]} ;;
    esac
  fi
  case $command in
${commands.map(commandCase).join('')}  esac
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${names.join(' ')}"
  fi
  case $cur in
    -*) _xdp_exporter_reply "$flags" ;;
    *) _xdp_exporter_reply "$words" ;;
  esac
}

complete -F _xdp_exporter xdp-exporter
`;
}
