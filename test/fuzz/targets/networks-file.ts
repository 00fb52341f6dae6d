// SPDX-License-Identifier: Apache-2.0
// The file of networks: any bytes are an error with a line, or tables that find what a search of every prefix finds.
import assert from 'node:assert/strict';
import { parseCidr } from '../../../src/engine/networks/cidr.ts';
import { readNetworks } from '../../../src/engine/networks/read-networks.ts';
import { ConfigError } from '../../../src/errors.ts';
import type { NetworkTables } from '../../../src/recorder/networks/networks.ts';
import { lookUp, type ModelPrefix, searchNaively } from '../../unit/recorder/networks/tables.ts';
import { Script } from '../script.ts';
import type { Target } from '../target.ts';
import { writeInput } from '../written-file.ts';

/** By JSON.parse; undefined for what is no JSON, or where it leaves out a name that comes twice. */
function parsed(text: string): Readonly<Record<string, readonly string[]>> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function check(text: string, tables: NetworkTables, prefixes: number, script: Script): void {
  assert.equal(new Set(tables.names).size, tables.names.length);
  const networks = parsed(text);
  if (networks === undefined) {
    return;
  }
  assert.deepEqual(new Set(Object.keys(networks)), new Set(tables.names));
  const all = Object.entries(networks).flatMap(([name, texts]) =>
    texts.map((prefix) => ({ ...parseCidr(prefix), network: 1 + tables.names.indexOf(name) })),
  );
  assert.equal(prefixes, all.length);
  for (const family of ['ipv4', 'ipv6'] as const) {
    const size = family === 'ipv4' ? 4 : 16;
    const model: ModelPrefix[] = all
      .filter((prefix) => prefix.family === family)
      .map(({ bytes, bits, network }) => ({ bytes: bytes.subarray(0, size), bits, network }));
    // At, just before and behind each prefix, and anywhere.
    for (const { bytes } of [...model, { bytes: new Uint8Array(size) }]) {
      const near = Uint8Array.from(bytes);
      const at = script.u8() % size;
      near[at] = (near[at] ?? 0) + script.u8();
      for (const address of [bytes, near]) {
        assert.equal(lookUp(tables[family], address), searchNaively(model, address));
      }
    }
  }
}

export const networksFile: Target = {
  name: 'networks-file',
  maxBytes: 2048,
  dictionary: [
    ...'{ } [ ] , : " {} [] "" null true -1 1e9 / /0 /32 /33 /128 . :: % office other'.split(' '),
    '"a": ["192.0.2.0/24"], ',
    '"b": ["2001:db8::/32", "::/0"], ',
    '"0.0.0.0/0", ',
    '"192.0.2.128/25", ',
    '\na: [192.0.2.0/24]',
    '\nb:\n- 2001:db8::1',
    '"\\u0000"',
    '\\"',
    '\\\\',
    '"__proto__": ["::/1"]',
    '\n',
    '\t',
    '\ufeff',
  ],
  async run(input) {
    const path = writeInput('networks.json', input);
    try {
      const { tables, prefixes } = await readNetworks(path);
      check(input.toString('utf8'), tables, prefixes, new Script(input));
    } catch (error) {
      assert.ok(error instanceof ConfigError, error instanceof Error ? error.stack : String(error));
      assert.ok(error.message.includes(path), error.message);
    }
    return undefined;
  },
};
