// SPDX-License-Identifier: Apache-2.0
// The file of networks: what it may hold, and what is said of each way to get it wrong.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { loadNetworks, withNetworks } from '../../../../src/engine/networks/load.ts';
import { readNetworks } from '../../../../src/engine/networks/read-networks.ts';
import { ConfigError } from '../../../../src/errors.ts';
import { parseIpv4 } from '../../../../src/generator/address.ts';
import { lookUp } from '../../recorder/networks/tables.ts';

const folder = mkdtempSync(join(tmpdir(), 'xdp-networks-file-'));
const path = join(folder, 'networks');
after(() => rmSync(folder, { recursive: true }));

/** A name of `length` characters. */
const long = (length: number) => 'n'.repeat(length);
const names = (count: number) =>
  Array.from({ length: count }, (_, index) => `n${index}: [10.0.${index % 256}.0/24]`);

/** What a text is refused for, behind the path. */
const REFUSED: readonly (readonly [text: string | Buffer, problem: RegExp])[] = [
  ['', /^: no network; write lines such as/],
  ['# nothing\n', /^: no network/],
  ['{}', /^: no network/],
  ['- 192.0.2.0/24', /^:1: not a map; write lines such as "office: \[192.0.2.0\/24\]"/],
  ['just text', /^:1: not a map/],
  ['a: [192.0.2.0/24\n', /^:\d: Flow sequence in block collection|^:\d: /],
  ['a: [192.0.2.0/24]\na: [192.0.3.0/24]', /^:2: Map keys must be unique/],
  [
    '1: [192.0.2.0/24]\n"1": [192.0.3.0/24]',
    /^:2 "1": the name is already used on line 1; write a single/,
  ],
  [
    '{"a": ["192.0.2.0/24"],\n"a": ["192.0.3.0/24"]}',
    /^:2 "a": the name is already used on line 1/,
  ],
  ['a: 192.0.2.0/24', /^:1 "a": not a list of prefixes; write "a: \[192.0.2.0\/24\]"/],
  ['a:\n', /^:1 "a": not a list of prefixes/],
  ['{"a": "192.0.2.0/24"}', /^:1 "a": "192.0.2.0\/24" in the place of a list; write "a": \[/],
  ['{"a":\n{"b": []}}', /^:2 "a": an object in the place of a list/],
  ['{"a": ["192.0.2.0/24", 5]}', /^:1 "a": the list has an item that is not a prefix/],
  ['a: [[192.0.2.0/24]]', /^:1 "a": the list has an item that is not a prefix/],
  ['a:\n  - 192.0.2.0/24\n  -\n', /^:\d "a": the list has an item that is not a prefix/],
  ['a: []', /^:1 "a": no prefix; list at least one or remove the name/],
  ['{"a": ["10.0.0.0/8"],\n "b": [],\n "c": ["11.0.0.0/8"]}', /^:2 "b": no prefix/],
  ['a: &x [192.0.2.0/24]\nb: *x', /^:2 "b": not a list of prefixes/],
  ['a:\n  - 192.0.2.1/24', /^:2 "192.0.2.1\/24": it has host bits set; write "192.0.2.0\/24"$/],
  ['a: [2001:db8::1/32]', /^:1 "2001:db8::1\/32": .*write "2001:db8::\/32"$/],
  ['a: [192.0.2.0/33]', /"\/33" is not a prefix length from 0 to 32$/],
  ['a: [2001:db8::/129]', /"\/129" is not a prefix length from 0 to 128$/],
  ['a: [192.0.2.0/]', /"\/" is not a prefix length/],
  ['a: [192.0.2.0/ 24]', /is not a prefix length/],
  ['a: [192.0.2.0/024]', /is not a prefix length/],
  ['a: [192.0.2/24]', /^:1 "192.0.2\/24": not a prefix; write one such as 192.0.2.0\/24/],
  ['a: [192.0.2.0/24/8]', /not a prefix/],
  ['a: ["fe80::%eth0/64"]', /not a prefix/],
  ['a: [example.com]', /^:1 "example.com": not a prefix/],
  ['a: [1.5]', /^:1 "1.5": not a prefix/],
  [
    'a: [10.0.0.0/8]\nb:\n - 10.0.0.0/8',
    /^:3 "10.0.0.0\/8": it is already on line 1, in "a"; remove/,
  ],
  ['a: [10.0.0.1,\n 10.0.0.1/32]', /^:2 "10.0.0.1\/32": it is already on line 1, in "a"/],
  ['{"a": ["::/0"],\n"b": ["0::0/0"]}', /^:2 "::\/0": it is already on line 1, in "a"/],
  [
    'other: [10.0.0.0/8]',
    /^:1 "other": this name is reserved for all other frames; choose another/,
  ],
  [`${long(65)}: [10.0.0.0/8]`, /^:1 "n{64}…": 65 characters long; the limit is 64/],
  ['"": [10.0.0.0/8]', /^:1 "": not a name/],
  ['" a": [10.0.0.0/8]', /not a name; write letters, digits and signs/],
  ['"a\\nb": [10.0.0.0/8]', /not a name/],
  ['"a\\u202eb": [10.0.0.0/8]', /not a name/],
  ['{"\\ud800": ["10.0.0.0/8"]}', /not a name/],
  ['? [a]\n: [10.0.0.0/8]', /^:1 ".*": not a name; write a text/],
  [
    names(257)
      .map((line, index) => line.replace('10.0', `10.${index >> 8}`))
      .join('\n'),
    /^:257 "n256": more than 256 names/,
  ],
  [Buffer.from([0x61, 0xff, 0x3a]), /not UTF-8/],
];

async function problemOf(text: string | Buffer): Promise<string> {
  writeFileSync(path, text);
  const error = await readNetworks(path).then(
    () => undefined,
    (thrown) => thrown,
  );
  assert.ok(error instanceof ConfigError, `${text}: ${error}`);
  return error.message;
}

describe('a file of networks', () => {
  for (const [text, problem] of REFUSED) {
    it(`is refused: ${JSON.stringify(String(text).slice(0, 50))}`, async () => {
      const message = await problemOf(text);
      const prefix = message.startsWith(`read ${path}`) ? `read ${path}` : 'read ';
      assert.match(message.slice(prefix.length), problem);
    });
  }

  it('means the same as YAML and as JSON', async () => {
    const texts = [
      'office:\n  - 192.0.2.0/24\n  - 2001:db8::/32\n64496: ["10.0.0.0/8", 192.0.2.7]\n"ü, & „x“": [0.0.0.0/0]\n',
      '{"office": ["192.0.2.0/24", "2001:db8::/32"],\n "64496": ["10.0.0.0/8", "192.0.2.7"], "ü, & „x“": ["0.0.0.0/0"]}',
    ];
    for (const text of texts) {
      writeFileSync(path, text);
      const { tables, prefixes } = await loadNetworks(path);
      assert.deepEqual(tables.names, ['office', '64496', 'ü, & „x“']);
      assert.equal(prefixes, 5);
      const of = (address: string) => lookUp(tables.ipv4, parseIpv4(address));
      assert.deepEqual(['192.0.2.1', '192.0.2.7', '10.1.1.1', '9.9.9.9'].map(of), [1, 2, 2, 3]);
    }
  });

  it('is refused where it is none, or cannot be read', async () => {
    mkdirSync(join(folder, 'folder'));
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    for (const [name, cause] of [
      ['missing', 'no such file'],
      ['folder', 'not a regular file'],
      ['fifo', 'not a regular file'],
    ] as const) {
      const own = join(folder, name);
      await assert.rejects(loadNetworks(own), {
        message: `read file of networks "${own}": ${cause}`,
        exitCode: 2,
      });
    }
  });

  it('is refused where it is larger than is read, as YAML and as JSON', async () => {
    const comment = `#${' '.repeat(1024 * 1024)}\na: [10.0.0.0/8]`;
    assert.match(await problemOf(comment), /bytes of YAML; the limit is 1048576: write JSON/);
    const broken = `{"a": [\n"10.0.0.0/8",\n${' '.repeat(1024 * 1024)}\n`;
    assert.match(await problemOf(broken), /^read .*networks:\d: /);
    const large = `{"a": ["10.0.0.0/8"]}${' '.repeat(16 * 1024 * 1024)}`;
    assert.match(await problemOf(large), /bytes; at most 16777216 are read/);
  });

  it('may have 256 names and a hundred thousand prefixes, as JSON', async () => {
    const list = Array.from({ length: 256 }, (_, name) => [
      `AS${name}`,
      Array.from({ length: 400 }, (_, index) => {
        const number = 400 * name + index;
        return `${1 + (number >>> 16)}.${(number >>> 8) & 255}.${number & 255}.0/24`;
      }),
    ]);
    writeFileSync(path, JSON.stringify(Object.fromEntries(list), null, 1));
    const { tables, prefixes } = await loadNetworks(path);
    assert.equal(prefixes, 102_400);
    assert.equal(lookUp(tables.ipv4, parseIpv4('2.143.255.9')), 256);
    assert.equal(lookUp(tables.ipv4, parseIpv4('2.144.0.9')), 0);
  });

  it('is not read where none is asked for', async () => {
    assert.deepEqual(await withNetworks({}), {});
  });
});
