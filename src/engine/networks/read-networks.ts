// SPDX-License-Identifier: Apache-2.0
// The file of --top.networks-file, from its path to tables. Takes seconds for large ones: see worker.ts.
import { ConfigError } from '../../errors.ts';
import type { NetworkTables } from '../../recorder/networks/networks.ts';
import { readTextFile } from '../../text-file.ts';
import { NetworkCollection } from './collect-networks.ts';
import { isJsonObject, jsonFault, readJson } from './read-json.ts';
import { readYaml } from './read-yaml.ts';

/** Of JSON; YAML takes twenty times the memory. */
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_YAML_BYTES = 1024 * 1024;

/** What a file had when it was read. */
export interface LoadedNetworks {
  readonly path: string;
  /** See `TextFile`. */
  readonly stamp: string;
  readonly tables: NetworkTables;
  /** How many it has. */
  readonly prefixes: number;
}

/** @throws ConfigError where it cannot be read, or holds what is no network */
export async function readNetworks(path: string): Promise<LoadedNetworks> {
  const { text, stamp } = readTextFile('file of networks', path, MAX_BYTES);
  const networks = new NetworkCollection(path);
  if (isJsonObject(text)) {
    readJson(text, networks);
  } else if (Buffer.byteLength(text) <= MAX_YAML_BYTES) {
    await readYaml(text, path, networks);
  } else if (/^\s*[[{]/.test(text)) {
    throw jsonFault(text, path);
  } else {
    throw new ConfigError(
      `read file of networks "${path}": ${Buffer.byteLength(text)} bytes of YAML; the limit is ${MAX_YAML_BYTES}: write JSON, with a limit of ${MAX_BYTES}`,
    );
  }
  return { path, stamp, tables: networks.tables(), prefixes: networks.prefixCount };
}
