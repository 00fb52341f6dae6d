// SPDX-License-Identifier: Apache-2.0
// docs/options.md and the chart's table of options, from the schema.
import { EXIT_CODES } from '../../src/cli/help.ts';
import { COMMANDS, optionsOf } from '../../src/options/commands.ts';
import { variableOf } from '../../src/options/environment.ts';
import type { Option, Options } from '../../src/options/option.ts';
import { CHECK } from '../../src/options/schema.ts';
import { code, table } from './markdown.ts';

const HEAD = `# Options

This page is generated from \`src/options/\` by \`npm run docs\`; a test compares the two.

You can set an option in three ways. The first one in this list takes precedence:

1. A flag: \`--log.level debug\` or \`--log.level=debug\`. To switch a switch off, put \`no-\` in front:
   \`--no-packet-sizes\`. For a list, repeat the flag. Words after \`run\`, \`top\`, \`log\` and \`doctor\` are devices:
   \`xdp-exporter top eth0\` means \`xdp-exporter top --device eth0\`.
2. A variable: \`XDP_EXPORTER_LOG_LEVEL=debug\`. Separate the items of a list with commas. An empty variable counts as unset.
   Unknown variables are ignored.
3. A key in the YAML file that \`--config.file\` or \`XDP_EXPORTER_CONFIG_FILE\` names. A list is a YAML list or
   a single text. A list of \`KEY=VALUE\`, such as \`device-mode\`, may also be a map; its order matters. A key without a value
   counts as unset.

\`\`\`yaml
device: [eth0, "veth*"]
device-exclude: veth-test
device-mode: { veth0: attach, "*": observe }
logger.sample: 8
top.prefix-v4: 24
log.level: debug
\`\`\`

The file contains options of \`run\`. Each key is the full name of an option. An unknown key or an invalid value is an error that
names the file and the line. \`top\`, \`log\`, \`doctor\` and \`demo\` also use the file for the options that they share with
\`run\`. To check all options without attaching anything, run this; the exit code is 0 or 2:

\`\`\`
xdp-exporter run --config.file /etc/xdp-exporter.yaml --config.check
\`\`\`

On SIGHUP, \`run\` reloads the file. It applies the options that are marked with *SIGHUP* below and logs a line for each. For any
other changed option, it logs a warning that the change needs a restart. If the file is broken, a warning says why, and
nothing changes. The other commands stop on SIGHUP, as on Ctrl-C.

\`-h\` or \`--help\` shows the options of a command, \`-V\` or \`--version\` the version. The man page is
[xdp-exporter.1](xdp-exporter.1): \`man ./docs/xdp-exporter.1\`. \`xdp-exporter completion bash\`, \`zsh\` or \`fish\` writes a
completion script for your shell.

## Exit codes

${table(
  ['code', 'meaning'],
  Object.entries(EXIT_CODES).map(([code, meaning]) => [code, meaning]),
)}`;

/** The whole page. */
export function optionsPage(): string {
  return [
    HEAD,
    ...Object.entries(groups()).map(([title, options]) => section(title, options)),
  ].join('\n');
}

/** By heading. */
function groups(): Readonly<Record<string, Options>> {
  return Object.assign({}, ...Object.values(COMMANDS).map(({ groups: own }) => own));
}

function section(title: string, options: Options): string {
  const rows = Object.entries(options).map(([name, option]) => [
    flags(name, option),
    code(variableOf(name)),
    option.takes,
    option.default === undefined ? '' : code(option.default),
    `${option.help}${option.reloads === true ? '. *SIGHUP*' : ''}`,
    option.example === undefined ? '' : code(option.example),
  ]);
  const taken = commandsOf(title).map(code).join(', ');
  const head = ['flag', 'variable', 'takes', 'default', '', 'example'];
  return `## ${title}\n\nFor ${taken}.\n\n${table(head, rows)}`;
}

function commandsOf(title: string): readonly string[] {
  const commands = Object.entries(COMMANDS).filter(([, command]) => title in command.groups);
  return commands.map(([name]) => name);
}

function flags(name: string, { alias, kind, default: value }: Option): string {
  const long = kind === 'switch' && value === 'true' ? `--${name}\`, \`--no-${name}` : `--${name}`;
  return alias === undefined ? code(long) : `${code(`-${alias}`)}, ${code(long)}`;
}

/** Stand around it in the chart's README. */
export const CHART_MARKS = [
  '<!-- options: written by `npm run docs` -->',
  '<!-- /options -->',
] as const;

/** Which value of the chart sets which option of `run`. */
export function chartTable(): string {
  const rows = Object.entries(optionsOf('run'))
    .filter(([name]) => !(name in CHECK))
    .map(([name, { chart }]) => [code(name), (chart?.value ?? 'options').replace(/[\w.]+/g, code)]);
  return table(['option', 'value'], rows).trimEnd();
}

/** What the chart knows of the options that its value `options` takes, and of those that have a value of their own. */
export function chartOptions(): string {
  const entries = Object.entries(optionsOf('run'))
    .filter(([name]) => !(name in CHECK))
    .map(([name, { chart, choices }]) => [
      name,
      {
        ...(chart === undefined ? {} : { value: chart.value }),
        ...(choices === undefined ? {} : { choices }),
      },
    ]);
  return `${JSON.stringify(Object.fromEntries(entries), undefined, 2)}\n`;
}
