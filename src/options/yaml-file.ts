// SPDX-License-Identifier: Apache-2.0
// A YAML file as nodes that know their lines. What is wrong with the file itself is said here, once for all such files.
import { isUtf8 } from 'node:buffer';
import type { Node, Pair, Scalar } from 'yaml';
import { readBoundedFile } from '../bounded-file.ts';
import { ConfigError, errorMessage } from '../errors.ts';

/** No configuration is larger; what is, is another file. */
const MAX_BYTES = 1024 * 1024;

export interface YamlFile extends Pick<typeof import('yaml'), 'isMap' | 'isScalar' | 'isSeq'> {
  readonly path: string;
  /** The entries of the map that the file is; empty where there is nothing in it. */
  readonly entries: readonly Pair<Scalar, Node | null>[];
  /** Where a node begins. */
  lineOf(node: Node | null): number;
}

/**
 * @param origin what named the file
 * @param example an entry that the file may have
 * @throws ConfigError where it cannot be read, or is no map in YAML
 */
export async function readYamlFile(
  path: string,
  origin: string,
  example: string,
): Promise<YamlFile> {
  const text = readText(path, origin);
  // Loaded here and only here: it takes 20 ms.
  const yaml = await import('yaml');
  const lines = new yaml.LineCounter();
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const [reason] = fault.message.split('\n');
    const { line } = lines.linePos(fault.pos[0]);
    throw new ConfigError(`read ${path}:${line}: ${reason}; correct the YAML there`);
  }
  const { contents } = document;
  const isEmpty = contents === null || (yaml.isScalar(contents) && contents.value === null);
  const isMap = yaml.isMap<Scalar, Node | null>(contents);
  if (!isEmpty && !isMap) {
    throw new ConfigError(`read ${path}:1: not a map; write lines such as "${example}"`);
  }
  return {
    ...yaml,
    path,
    entries: isMap ? contents.items : [],
    lineOf: (node) => lines.linePos(node?.range?.[0] ?? 0).line,
  };
}

function readBytes(path: string): Buffer {
  try {
    return readBoundedFile(path, MAX_BYTES).bytes;
  } catch (cause) {
    const why = `${errorMessage(cause)}; name one that the exporter may read`;
    throw new ConfigError(why, { cause });
  }
}

function readText(path: string, origin: string): string {
  try {
    const bytes = readBytes(path);
    if (!isUtf8(bytes)) {
      throw new ConfigError('not UTF-8; save it as UTF-8');
    }
    return bytes.toString('utf8');
  } catch (cause) {
    throw new ConfigError(`read ${origin} "${path}": ${errorMessage(cause)}`, { cause });
  }
}
