// SPDX-License-Identifier: Apache-2.0
// The completion of zsh, by its own function _arguments.
import {
  type Completed,
  type CompletedCommand,
  type CompletedOption,
  completedCommands,
  DEFAULT_COMMAND,
} from './words.ts';

const quote = (text: string) => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Within a description, brackets and colons are _arguments' own. */
const inSpec = (text: string) => text.replace(/[[\]:\\]/g, String.raw`\$&`);

function action(value: Exclude<Completed, 'nothing'>): string {
  switch (value) {
    case 'device':
      return '_xdp_exporter_devices';
    case 'netns':
      return '_xdp_exporter_netns';
    case 'file':
      return '_files';
    case 'anything':
      return ' ';
    default:
      return `(${value.join(' ')})`;
  }
}

/** The specs of an option: that of its letter beside that of its name. */
function optionSpecs({ flag, letter, help, value, repeats }: CompletedOption): readonly string[] {
  const others = letter === undefined ? flag : `${letter} ${flag}`;
  const exclusion = repeats ? '*' : `(${others})`;
  const name = flag.replace(/^-*/, '');
  const argument = value === 'nothing' ? '' : `:${inSpec(name)}:${action(value)}`;
  const forms = [
    ...(letter === undefined ? [] : [value === 'nothing' ? letter : `${letter}+`]),
    value === 'nothing' ? flag : `${flag}=`,
  ];
  return forms.map((form) => quote(`${exclusion}${form}[${inSpec(help)}]${argument}`));
}

function commandCase({ name, options, words, takesDevices }: CompletedCommand): string {
  const rest = [
    ...(takesDevices ? ['device:_xdp_exporter_devices'] : []),
    ...(words.length > 0 ? [`word:(${words.join(' ')})`] : []),
  ];
  const specs = options.flatMap(optionSpecs);
  const alternatives = rest.length > 0 ? [quote('*: :->words')] : [];
  const lines = [...specs, ...alternatives].map((spec) => `        ${spec}`);
  const tags = rest.map((tag) => quote(`${tag.replace(':', '::')}`));
  const after =
    rest.length > 0 ? `\n      [[ $state == words ]] && _alternative ${tags.join(' ')}` : '';
  return `    ${name})
      _arguments -S : \\
${lines.join(' \\\n')}${after}
      ;;
`;
}

export function zshCompletion(): string {
  const commands = completedCommands();
  const described = commands.map(({ name, describe }) => `    ${quote(`${name}:${describe}`)}`);
  return `#compdef xdp-exporter
# zsh completion of xdp-exporter, written by "xdp-exporter completion zsh"
_xdp_exporter_devices() {
  local -a names=(/sys/class/net/*(N:t))
  compadd -a names
}

_xdp_exporter_netns() {
  local -a names=(/run/netns/*(N:t))
  compadd -a names
}

_xdp_exporter() {
  local command=${DEFAULT_COMMAND} state
  local -a commands=(
${described.join('\n')}
  )
  if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then
    _describe command commands
    return
  fi
  if [[ -n \${(M)commands:#$words[2]:*} ]]; then
    command=$words[2]
    shift words
    (( CURRENT-- ))
  fi
  case $command in
${commands.map(commandCase).join('')}  esac
}

if [[ $funcstack[1] == _xdp_exporter || $funcstack[1] == _xdp-exporter ]]; then
  _xdp_exporter "$@"
else
  compdef _xdp_exporter xdp-exporter
fi
`;
}
