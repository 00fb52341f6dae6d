// SPDX-License-Identifier: Apache-2.0
// Laws that every entry of the schema obeys: an option that is added is tested by being there.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { COMMANDS, isCommand, optionsOf } from '../../../src/options/commands.ts';
import { variableOf } from '../../../src/options/environment.ts';
import type { Option } from '../../../src/options/option.ts';
import { CHECK, FILE } from '../../../src/options/schema.ts';
import { parse } from '../cli/context.ts';

const folder = mkdtempSync(join(tmpdir(), 'xdp-options-'));
after(() => rmSync(folder, { recursive: true }));

/** Texts that an option takes, other than its default. */
function samplesOf({ kind, choices, range, example, default: value }: Option): readonly string[] {
  if (kind === 'switch') {
    return [String(value !== 'true')];
  }
  if (range !== undefined) {
    return [String(range.min), String(range.max)];
  }
  const texts = [...(choices ?? []), ...(example === undefined ? [] : [example])];
  return texts.filter((text) => text !== value);
}

function refusedBy({ kind, choices, range, mayBeEmpty }: Option): readonly string[] {
  if (kind === 'switch') {
    return ['yes', 'TRUE', '2', 'on'];
  }
  if (mayBeEmpty) {
    return ['no/absolute/path'];
  }
  if (range === undefined) {
    return choices === undefined ? [''] : ['', 'no-such-choice', (choices[0] ?? '').toUpperCase()];
  }
  const { min, max, whole = false } = range;
  const beyond = [`${min - 1}`, `${max + 1}`, '', ' ', 'x', 'NaN', 'Infinity', '-Infinity', '1,5'];
  return whole ? [...beyond, `${min + 0.5}`] : beyond;
}

for (const command of Object.keys(COMMANDS).filter(isCommand)) {
  const read = async (argv: readonly string[], environment = {}) =>
    (await parse([command, ...argv], environment)) as { values: Record<string, unknown> };

  describe(`the options of ${command}`, () => {
    it('have no two variables of the same name', () => {
      const names = Object.keys(optionsOf(command));
      assert.equal(new Set(names.map(variableOf)).size, names.length);
    });

    it('have no two letters alike', () => {
      const letters = Object.values(optionsOf(command)).flatMap(({ alias }) => alias ?? []);
      assert.equal(new Set([...letters, 'h', 'V']).size, letters.length + 2);
    });

    // The file of --config.file would have to be there: it has tests of its own.
    for (const [name, option] of Object.entries(optionsOf(command)).filter(
      ([key]) => !(key in FILE),
    )) {
      const variable = variableOf(name);
      const samples = samplesOf(option);

      it(`--${name} means the same as a flag and as ${variable}, and the flag wins`, async () => {
        for (const text of samples) {
          const { values } = await read([`--${name}=${text}`]);
          if (text !== option.default) {
            assert.notDeepEqual(values[name], (await read([])).values[name]);
          }
          assert.deepEqual((await read([], { [variable]: text })).values[name], values[name]);
          const [other = option.default ?? text] = samples.filter((sample) => sample !== text);
          const both = await read([`--${name}=${text}`], { [variable]: other });
          assert.deepEqual(both.values[name], values[name]);
        }
      });
    }

    for (const [name, option] of Object.entries(optionsOf(command))) {
      const variable = variableOf(name);
      const samples = samplesOf(option);

      it(`--${name} is described, with an example or a default`, () => {
        assert.match(option.help, /^[A-Z].*[^.\s]$/);
        assert.ok(option.example !== undefined || option.default !== undefined);
        assert.ok(samples.length > 0);
      });

      it(`--${name} and ${variable} refuse the same texts by their own names`, async () => {
        for (const text of refusedBy(option)) {
          const told = (origin: string) => new RegExp(`^ConfigError: read ${origin} "${text}": `);
          await assert.rejects(read([`--${name}=${text}`]), told(`--${name}`));
          if (text.trim() !== '') {
            await assert.rejects(read([], { [variable]: text }), told(variable));
          }
        }
      });
    }
  });
}

describe('the file', () => {
  const path = join(folder, 'exporter.yaml');
  const read = async (yaml: string) => {
    writeFileSync(path, yaml);
    const line = await parse(['run', '--config.file', path]);
    return line.values as unknown as Readonly<Record<string, unknown>>;
  };
  const keys = Object.entries(optionsOf('run')).filter(
    ([name]) => !(name in FILE || name in CHECK),
  );

  for (const [name, option] of keys) {
    it(`sets ${name} as its flag does`, async () => {
      for (const text of samplesOf(option)) {
        const byFlag = (await parse(['run', `--${name}=${text}`])).values as object;
        const bare = /^[\w.]+$/.test(text) ? text : JSON.stringify(text);
        const values = await read(`${name}: ${bare}\n`);
        assert.deepEqual(values[name], Object.entries(byFlag).find(([key]) => key === name)?.[1]);
      }
    });
  }
});
