// SPDX-License-Identifier: Apache-2.0
// Reads both text formats back, by their specifications and by nothing of src; strict, and slow.
import { readSamples, type Sample } from '../../../e2e/support/exposition.ts';

export interface ReadFamily {
  /** In OpenMetrics a counter's is without its suffix. */
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly unit?: string;
  readonly samples: readonly Sample[];
}

type Format = 'text' | 'openmetrics';

/** Throws at the first line that the format does not allow. */
export function readExposition(text: string, format: Format): ReadFamily[] {
  const end = format === 'openmetrics' ? '# EOF\n' : '';
  if (!text.endsWith(`${end}`) || (text !== '' && !text.endsWith('\n'))) {
    throw new Error(`does not end as ${format} must: ${JSON.stringify(text.slice(-40))}`);
  }
  const lines = text.slice(0, text.length - end.length).split('\n');
  lines.pop();
  const families: ReadFamily[] = [];
  for (let at = 0; at < lines.length; ) {
    const next = lines.findIndex((line, index) => index > at && line.startsWith('# HELP '));
    const stop = next === -1 ? lines.length : next;
    families.push(readFamily(lines.slice(at, stop), format));
    at = stop;
  }
  return families;
}

function readFamily(lines: readonly string[], format: Format): ReadFamily {
  const [, name = '', help = ''] = /^# HELP (\S+) (.*)$/s.exec(lines[0] ?? '') ?? [];
  const [, typed, type = ''] =
    /^# TYPE (\S+) (counter|gauge|histogram)$/.exec(lines[1] ?? '') ?? [];
  if (name === '' || typed !== name) {
    throw new Error(`not the head of a family: ${JSON.stringify(lines.slice(0, 2))}`);
  }
  const unit = readUnit(lines[2] ?? '', name, format);
  const samples = lines.slice(unit === undefined ? 2 : 3).flatMap((line) => readSamples(line));
  const allowed = sampleNames(name, type, format);
  const foreign = samples.find((sample) => !allowed.includes(sample.name));
  if (foreign !== undefined || samples.length === 0) {
    throw new Error(`not of family ${name}: ${JSON.stringify(foreign)}`);
  }
  const known = { name, help: unescapeHelp(help, format), type, samples };
  return unit === undefined ? known : { ...known, unit };
}

/** Undefined where the line is none of a unit. */
function readUnit(line: string, name: string, format: Format): string | undefined {
  const [, measured, unit] = /^# UNIT (\S+) (\S+)$/.exec(line) ?? [];
  if (unit === undefined) {
    return undefined;
  }
  if (format === 'text' || measured !== name || !name.endsWith(`_${unit}`)) {
    throw new Error(`not the unit of ${name}: ${JSON.stringify(line)}`);
  }
  return unit;
}

function sampleNames(name: string, type: string, format: Format): string[] {
  if (type === 'histogram') {
    return [`${name}_bucket`, `${name}_sum`, `${name}_count`];
  }
  return [type === 'counter' && format === 'openmetrics' ? `${name}_total` : name];
}

/** Each format has its own list of what a backslash may stand before. */
function unescapeHelp(help: string, format: Format): string {
  const known = format === 'openmetrics' ? '\\n"' : '\\n';
  if (format === 'openmetrics' && /^"|[^\\](\\\\)*"/.test(help)) {
    throw new Error(`HELP with a bare quote: ${JSON.stringify(help)}`);
  }
  return help.replace(/\\(.)/gs, (_, escaped) => {
    if (!known.includes(escaped)) {
      throw new Error(`HELP with an unknown escape: ${JSON.stringify(help)}`);
    }
    return escaped === 'n' ? '\n' : escaped;
  });
}
