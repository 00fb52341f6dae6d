// SPDX-License-Identifier: Apache-2.0
// Command lines, environments and files, good and bad: each has its documented outcome, one line and its exit code.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ConfigError, exitCodeOf } from '../../../src/errors.ts';
import { parse } from '../cli/context.ts';
import { ACCEPTED } from './accepted.ts';
import { REFUSED, type Refused } from './refused.ts';
import { REFUSED_FILES } from './refused-files.ts';

const ALL_REFUSED = [...REFUSED, ...REFUSED_FILES];

const folder = mkdtempSync(join(tmpdir(), 'xdp-options-'));
const path = join(folder, 'exporter.yaml');
after(() => rmSync(folder, { recursive: true }));

type Call = Pick<Refused, 'argv' | 'environment' | 'file'>;

async function read({ argv, environment = {}, file }: Call) {
  if (file !== undefined) {
    writeFileSync(path, file);
  }
  const named = (text: string) => (text === '{file}' ? path : text);
  const variables = Object.entries(environment).map(([name, value]) => [name, named(value ?? '')]);
  return parse(argv.map(named), Object.fromEntries(variables));
}

function titleOf({ argv, environment = {}, file }: Call): string {
  const variables = Object.entries(environment).map(([name, value]) => `${name}="${value}"`);
  return [...variables, ...argv.map((word) => word || '""'), file && JSON.stringify(file)]
    .filter(Boolean)
    .join(' ');
}

it('is a table of at least 80 calls, no two of them alike', () => {
  const calls = [...ACCEPTED, ...ALL_REFUSED];
  assert.ok(calls.length >= 80, `${calls.length} calls`);
  const wrong = ALL_REFUSED.filter(({ file }) => file === undefined);
  assert.ok(wrong.length >= 40, `${wrong.length} wrong command lines`);
  assert.equal(new Set(calls.map(titleOf)).size, calls.length);
});

describe('accepts', () => {
  for (const { command, values, ...call } of ACCEPTED) {
    it(titleOf(call) || 'nothing at all', async () => {
      const line = await read(call);
      assert.equal(line.command, command);
      const given = line.values as Readonly<Record<string, unknown>>;
      const found = Object.keys(values).map((name) => [name, given[name]]);
      assert.deepEqual(Object.fromEntries(found), values);
    });
  }
});

describe('refuses', () => {
  for (const { message, ...call } of ALL_REFUSED) {
    it(titleOf(call), async () => {
      await assert.rejects(read(call), (error) => {
        assert.ok(error instanceof ConfigError, String(error));
        assert.equal(error.message, message.replace('{file}', path));
        assert.equal(exitCodeOf(error), 2);
        assert.doesNotMatch(error.message, /\n(?! {2})|secret/);
        return true;
      });
    });
  }
});
