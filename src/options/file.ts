// SPDX-License-Identifier: Apache-2.0
// The file of --config.file: YAML with an option of `run` for each key, every complaint with its line.
import type { Node, Pair, Scalar } from 'yaml';
import { ConfigError } from '../errors.ts';
import { didYouMean } from '../nearest.ts';
import { optionsOf } from './commands.ts';
import type { Given, Givens } from './given.ts';
import type { Option, Options } from './option.ts';
import { resolve } from './resolve.ts';
import { CHECK, FILE } from './schema.ts';
import { readYamlFile, type YamlFile } from './yaml-file.ts';

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
  const file = await readYamlFile(path, origin, 'log.level: info');
  const options = keys();
  const givens = new Map(file.entries.flatMap((pair) => readPair(file, pair, options)));
  resolve(options, [givens]);
  return givens;
}

/** Nothing where the key has no value: it counts as unset. */
function readPair(
  file: YamlFile,
  { key, value }: Pair<Scalar, Node | null>,
  options: Options,
): [string, readonly Given[]][] {
  const name = String(key.value);
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (option === undefined) {
    const hint = file.isMap(value)
      ? '; keys are whole names, such as "log.level"'
      : didYouMean(name, Object.keys(options));
    const where = `${file.path}:${file.lineOf(key)}`;
    throw new ConfigError(`read ${where} "${name}": no option of run has that name${hint}`);
  }
  const givens = readNodes(file, value, name, option);
  return givens.length === 0 ? [] : [[name, givens]];
}

function readNodes(file: YamlFile, value: Node | null, name: string, option: Option): Given[] {
  if (option.mapped === true && file.isMap<Node, Node | null>(value)) {
    return value.items.flatMap((pair) =>
      readNode(file, pair.key, name).flatMap((key) =>
        readNode(file, pair.value, name).map((given) => {
          return { ...given, text: `${key.text}=${given.text}` };
        }),
      ),
    );
  }
  const isSequence = option.kind === 'list' && file.isSeq<Node | null>(value);
  const nodes = isSequence ? value.items : [value];
  return nodes.flatMap((node) => readNode(file, node, name));
}

/** As it is written, so that one schema judges every source. */
function readNode({ path, lineOf, isScalar }: YamlFile, node: Node | null, name: string): Given[] {
  const origin = `${path}:${lineOf(node)} ${name}`;
  if (node === null || (isScalar(node) && node.value === null)) {
    return [];
  }
  if (!isScalar(node) || typeof node.value === 'object') {
    throw new ConfigError(`read ${origin}: not a single value; keys are whole names of options`);
  }
  const { value, source } = node;
  return [{ text: typeof value === 'number' && source ? source : String(value), origin }];
}
