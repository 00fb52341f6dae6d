// SPDX-License-Identifier: Apache-2.0
// docs/networks.md, word for word: its file, its error, and its way from a table of autonomous systems to a file.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readNetworks } from '../../../../src/engine/networks/read-networks.ts';
import { parseIpv4, parseIpv6 } from '../../../../src/generator/address.ts';
import { lookUp } from '../../recorder/networks/tables.ts';

const PAGE = readFileSync(new URL('../../../../../docs/networks.md', import.meta.url), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'xdp-networks-page-'));
after(() => rmSync(folder, { recursive: true }));

function blockOf(language: string): string {
  const [, block] = new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\`$`, 'm').exec(PAGE) ?? [];
  assert.ok(block, language);
  return block;
}

test('the file of the page means what the page says', async () => {
  const path = join(folder, 'networks.yaml');
  writeFileSync(path, blockOf('yaml'));
  const { tables } = await readNetworks(path);
  assert.deepEqual(tables.names, ['office', 'vpn', 'monitoring']);
  const of = (address: string) => tables.names[lookUp(tables.ipv4, parseIpv4(address)) - 1];
  assert.deepEqual(['192.0.2.7', '192.0.2.8', '198.51.100.190', '198.51.100.192'].map(of), [
    'monitoring',
    'office',
    'vpn',
    undefined,
  ]);
});

test('its command makes a file of a table of autonomous systems', async () => {
  const table = blockOf('csv');
  writeFileSync(join(folder, 'prefixes.csv'), `${table}${table}203.0.113.0/24,64498,\r\n`);
  execFileSync('bash', ['-c', blockOf('sh')], { cwd: folder });
  const { tables, prefixes } = await readNetworks(join(folder, 'networks.json'));
  assert.deepEqual(tables.names, ['AS64496 Example Networks', 'AS64497 Transit, Inc.', 'AS64498']);
  assert.equal(prefixes, 4);
  assert.equal(lookUp(tables.ipv6, parseIpv6('2001:db8:7::1')), 1);
});
