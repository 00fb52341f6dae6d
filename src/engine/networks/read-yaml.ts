// SPDX-License-Identifier: Apache-2.0
// The file of networks as YAML: a map from names to lists of prefixes.
import type { LineCounter, Node, Pair } from 'yaml';
import { ConfigError } from '../../errors.ts';
import type { NetworkCollection } from './collect-networks.ts';

/** Adds all of it. @throws ConfigError with the line of what is wrong */
export async function readYaml(
  text: string,
  path: string,
  networks: NetworkCollection,
): Promise<void> {
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
    return;
  }
  if (!yaml.isMap<Node, Node | null>(contents)) {
    throw new ConfigError(
      `read ${path}:${lineAt(lines, contents)}: not a map; write lines such as "office: [192.0.2.0/24]"`,
    );
  }
  const reader = { networks, lines, ...yaml };
  for (const pair of contents.items) {
    readPair(reader, pair);
  }
}

interface Reader extends Pick<typeof import('yaml'), 'isScalar' | 'isSeq'> {
  readonly networks: NetworkCollection;
  readonly lines: LineCounter;
}

function readPair(reader: Reader, { key, value }: Pair<Node, Node | null>): void {
  const { networks, lines, isSeq } = reader;
  const name = textOf(reader, key);
  if (name === undefined) {
    throw networks.fault(lineAt(lines, key), String(key), 'not a name; write a text');
  }
  networks.addName(name, lineAt(lines, key));
  if (!isSeq<Node | null>(value)) {
    const remedy = `write "${name}: [192.0.2.0/24]", or each prefix on a line that begins with "- "`;
    throw networks.fault(lineAt(lines, value ?? key), name, `not a list of prefixes; ${remedy}`);
  }
  for (const item of value.items) {
    const line = lineAt(lines, item ?? value);
    const text = item === null ? undefined : textOf(reader, item);
    if (text === undefined) {
      throw networks.fault(
        line,
        name,
        'the list has an item that is not a prefix; write one such as 192.0.2.0/24',
      );
    }
    networks.addPrefix(text, line);
  }
}

/** As it is written; undefined for what is no single value. */
function textOf({ isScalar }: Reader, node: Node): string | undefined {
  if (!isScalar(node) || node.value === null || typeof node.value === 'object') {
    return undefined;
  }
  const { value, source } = node;
  return typeof value === 'string' ? value : (source ?? String(value));
}

function lineAt(lines: LineCounter, node: Node): number {
  return lines.linePos(node.range?.[0] ?? 0).line;
}
