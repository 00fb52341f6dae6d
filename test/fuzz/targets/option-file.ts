// SPDX-License-Identifier: Apache-2.0
// The file of options: any bytes are options that each have a source, or one error that names the file and its line.
import assert from 'node:assert/strict';
import { ConfigError } from '../../../src/errors.ts';
import { optionsOf } from '../../../src/options/commands.ts';
import { readFile } from '../../../src/options/file.ts';
import type { Target } from '../target.ts';
import { writeInput } from '../written-file.ts';

const OPTIONS = optionsOf('run');

export const optionFile: Target = {
  name: 'option-file',
  maxBytes: 2048,
  dictionary: [
    ...Object.keys(OPTIONS).map((name) => `\n${name}: `),
    ...'true false null ~ 0 -1 1e9 0x10 .inf .nan 1s 4MiB [ ] { } - ? : , # & * ! | > %'.split(' '),
    '\n- ',
    '\n  - ',
    '"\\x00"',
    '&a [*a]',
    '<<: *a',
    '!!binary ',
    '!!float ',
    '---\n',
    '\t',
    '\ufeff',
  ],
  async run(input) {
    const path = writeInput('options.yaml', input);
    try {
      for (const [name, givens] of await readFile(path, '--config.file')) {
        assert.ok(Object.hasOwn(OPTIONS, name));
        assert.ok(givens.length > 0 && givens.every(({ origin }) => origin.startsWith(`${path}:`)));
        assert.ok(givens.every(({ text }) => typeof text === 'string'));
      }
    } catch (error) {
      assert.ok(error instanceof ConfigError, error instanceof Error ? error.stack : String(error));
      assert.ok(error.message.includes(path), error.message);
    }
    return undefined;
  },
};
