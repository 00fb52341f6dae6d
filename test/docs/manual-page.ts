// SPDX-License-Identifier: Apache-2.0
// docs/xdp-exporter.1, from the schema of options and the grammar in docs/log.md.
import { EXIT_CODES, usageOf } from '../../src/cli/help.ts';
import { COMMANDS, isCommand } from '../../src/options/commands.ts';
import { variableOf } from '../../src/options/environment.ts';
import type { Option, Options } from '../../src/options/option.ts';

/** When the words of this file were last changed. */
const DATE = '2026-12-01';

/** In running text: what groff would take for its own, or print as something else. */
function plain(text: string): string {
  return text
    .replaceAll('\\', String.raw`\e`)
    .replaceAll('-', String.raw`\-`)
    .replace(/^([.'])/gm, String.raw`\&$1`)
    .replaceAll('`', '');
}

/** What mandoc thinks good style for a line. */
const LINE_CHARACTERS = 79;

/** A paragraph in lines. */
function fill(text: string): string {
  const lines: string[] = [];
  for (const word of plain(text).split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= LINE_CHARACTERS) {
      lines[lines.length - 1] = longer;
    } else {
      lines.push(word.replace(/^[.']/, String.raw`\&$&`));
    }
  }
  return lines.join('\n');
}

const bold = (text: string) => String.raw`\fB${plain(text)}\fR`;
const italic = (text: string) => String.raw`\fI${plain(text)}\fR`;

const COMMAND_NAMES = Object.keys(COMMANDS).filter(isCommand);

function section(title: string, ...lines: readonly string[]): string {
  return [`.SH ${title}`, ...lines].join('\n');
}

function synopsis(): readonly string[] {
  return COMMAND_NAMES.map((name, index) => {
    const words = usageOf(name).replace('$0 ', '').split(' ');
    const shown = words.map((word, at) => (at === 0 ? bold(word) : plain(word)));
    return `${index === 0 ? '' : '.br\n'}${bold('xdp-exporter')} ${shown.join(' ')}`;
  });
}

function entry(term: string, text: string): string {
  return `.TP\n${term}\n${text}`;
}

/** By heading; a group that several commands have is told once. */
function optionGroups(): readonly string[] {
  const groups: Readonly<Record<string, Options>> = Object.assign(
    {},
    ...Object.values(COMMANDS).map(({ groups: own }) => own),
  );
  return Object.entries(groups).map(([title, options]) => {
    const commands = COMMAND_NAMES.filter((name) => title in COMMANDS[name].groups).map(bold);
    const entries = Object.entries(options).map(optionEntry);
    return [`.SS ${title}`, `For ${commands.join(', ')}.`, ...entries].join('\n');
  });
}

function optionEntry([name, option]: [string, Option]): string {
  const { alias, kind, help, takes, choices, default: value, example, reloads } = option;
  const flag = kind === 'switch' && value === 'true' ? `--no-${name}` : `--${name}`;
  const argument = kind === 'switch' ? '' : ` ${italic(choices?.join('|') ?? takes)}`;
  const letter = alias === undefined ? '' : `${bold(`-${alias}`)}, `;
  const details = [
    `${help}.`,
    value === undefined || kind === 'switch' ? '' : `Default: ${value}.`,
    example === undefined ? '' : `Example: ${example}.`,
    kind === 'list' ? 'May be given many times.' : '',
    reloads === true ? 'Applied on SIGHUP.' : '',
    `Variable: ${variableOf(name)}.`,
  ];
  return entry(`${letter}${bold(flag)}${argument}`, fill(details.filter(Boolean).join(' ')));
}

function examples(): readonly string[] {
  return COMMAND_NAMES.flatMap((name) =>
    Object.entries(COMMANDS[name].examples).map(([line, purpose]) =>
      entry(bold(`xdp-exporter ${line}`), fill(purpose)),
    ),
  );
}

/**
 * The whole page.
 * @param version of the package
 * @param log the text of docs/log.md, which has the grammar of filters
 */
export function manualPage(version: string, log: string): string {
  const [, grammar = ''] = /## Filters\n\n```\n(.*?)```/s.exec(log) ?? [];
  return `${[
    String.raw`.\" Generated from src/options by "npm run docs"; a test compares the two.`,
    `.TH XDP\\-EXPORTER 1 ${DATE} "xdp\\-exporter ${version}" "User Commands"`,
    section('NAME', plain('xdp-exporter - show what XDP programs see and decide')),
    section('SYNOPSIS', ...synopsis()),
    section(
      'DESCRIPTION',
      fill(
        'xdp-exporter counts the packets that XDP handles on network devices, with its own program or by observing an existing one, and shows them as Prometheus metrics, OpenTelemetry metrics, tables and log lines. It never changes a verdict.',
      ),
    ),
    section(
      'COMMANDS',
      ...COMMAND_NAMES.map((name) => entry(bold(name), fill(`${COMMANDS[name].describe}.`))),
    ),
    section(
      'OPTIONS',
      fill(
        'A flag overrides its variable, and the variable overrides the key of the same name in the file of --config.file.',
      ),
      entry(`${bold('-h')}, ${bold('--help')}`, 'Show the options of a command.'),
      entry(`${bold('-V')}, ${bold('--version')}`, 'Show the version.'),
      ...optionGroups(),
    ),
    section(
      'FILTERS',
      fill(
        'The words after the devices of log are a filter. "not" has the highest precedence; "and" and "or" have equal precedence, from left to right. A bare value may follow "or": port 80 or 443.',
      ),
      '.PP\n.nf',
      plain(grammar.trimEnd()),
      '.fi',
    ),
    section(
      'EXIT STATUS',
      ...Object.entries(EXIT_CODES).map(([code, meaning]) =>
        entry(bold(code), fill(`${meaning}.`)),
      ),
    ),
    section('EXAMPLES', ...examples()),
    section(
      'SEE ALSO',
      [
        ['bpftool', 8],
        ['ip\\-netns', 8],
        ['pcap\\-filter', 7],
        ['tcpdump', 8],
      ]
        .map(([name, part]) => `.BR ${name} (${part})`)
        .join(' ,\n'),
    ),
  ].join('\n')}\n`;
}
