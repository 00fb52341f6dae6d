// SPDX-License-Identifier: Apache-2.0
// The file of --config.file: YAML with an option of `run` for each key, every complaint with its line.
import type { LineCounter, Node, Pair, Scalar } from 'yaml';
import { ConfigError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { readTextFile } from '../text-file.ts';
import { optionsOf } from './commands.ts';
import type { Given, Givens } from './given.ts';
import type { Option, Options } from './option.ts';
import { resolve } from './resolve.ts';
import { CHECK, FILE } from './schema.ts';

/** No configuration is larger; what is, is another file. */
const MAX_BYTES = 1024 * 1024;

/** All of `run` but what says how the file itself is dealt with. */
function keys() {
  const own = Object.keys({ ...FILE, ...CHECK });
  const options = Object.entries(optionsOf('run'));
  return Object.fromEntries(options.filter(([name]) => !own.includes(name)));
}

/**
 * Everything in it is judged, also what another source or another command leaves aside.
 * @param origin what named the file
 * @throws ConfigError where it cannot be read, is no YAML, or holds what no option takes
 */
export async function readFile(path: string, origin: string): Promise<Givens> {
  const { text } = readTextFile(origin, path, MAX_BYTES);
  // Loaded here and only here: it takes 20 ms.
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const [reason] = fault.message.split('\n');
    throw new ConfigError(`read ${path}:${lines.linePos(fault.pos[0]).line}: ${reason}`);
  }
  const { contents } = document;
  if (contents === null || (yaml.isScalar(contents) && contents.value === null)) {
    return new Map();
  }
  if (!yaml.isMap<Scalar, Node | null>(contents)) {
    throw new ConfigError(`read ${path}:1: not a map; write lines such as "log.level: info"`);
  }
  const reader = { path, lines, ...yaml };
  const options = keys();
  const givens = new Map(contents.items.flatMap((pair) => readPair(reader, pair, options)));
  resolve(options, [givens]);
  return givens;
}

interface Reader extends Pick<typeof import('yaml'), 'isMap' | 'isScalar' | 'isSeq'> {
  readonly path: string;
  readonly lines: LineCounter;
}

/** Nothing where the key has no value: it counts as unset. */
function readPair(
  reader: Reader,
  { key, value }: Pair<Scalar, Node | null>,
  options: Options,
): [string, readonly Given[]][] {
  const name = String(key.value);
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) {
    const hint = reader.isMap(value)
      ? '; keys are whole names, such as "log.level"'
      : didYouMean(name, Object.keys(options));
    const where = `${reader.path}:${lineAt(reader.lines, key)}`;
    throw new ConfigError(`read ${where} "${name}": no option of run has that name${hint}`);
  }
  const givens = readNodes(reader, value, name, option);
  return givens.length === 0 ? [] : [[name, givens]];
}

function readNodes(reader: Reader, value: Node | null, name: string, option: Option): Given[] {
  if (option.mapped === true && reader.isMap<Node, Node | null>(value)) {
    return value.items.flatMap((pair) =>
      readNode(reader, pair.key, name).flatMap((key) =>
        readNode(reader, pair.value, name).map((given) => {
          return { ...given, text: `${key.text}=${given.text}` };
        }),
      ),
    );
  }
  const isSequence = option.kind === 'list' && reader.isSeq<Node | null>(value);
  const nodes = isSequence ? value.items : [value];
  return nodes.flatMap((node) => readNode(reader, node, name));
}

/** As it is written, so that one schema judges every source. */
function readNode({ path, lines, isScalar }: Reader, node: Node | null, name: string): Given[] {
  const origin = `${path}:${lineAt(lines, node)} ${name}`;
  if (node === null || (isScalar(node) && node.value === null)) {
    return [];
  }
  if (!isScalar(node) || typeof node.value === 'object') {
    throw new ConfigError(`read ${origin}: not a single value; keys are whole names of options`);
  }
  const { value, source } = node;
  return [{ text: typeof value === 'number' && source ? source : String(value), origin }];
}

function lineAt(lines: LineCounter, node: Node | null): number {
  return lines.linePos(node?.range?.[0] ?? 0).line;
}
