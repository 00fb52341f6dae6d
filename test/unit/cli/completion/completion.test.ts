// SPDX-License-Identifier: Apache-2.0
// What a tabulator completes in real shells.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { runCompletion } from '../../../../src/cli/completion/completion.ts';
import type { SHELLS } from '../../../../src/options/command-schema.ts';
import { contextOf } from '../context.ts';
import { InteractiveShell } from './shell.ts';

/** What is typed, and the words that it may become; none where nothing fits. */
const CASES: readonly (readonly [string, readonly string[]])[] = [
  ['com', ['completion']],
  ['de', ['devices', 'demo']],
  ['--log.lev', ['--log.level']],
  ['--no-pack', ['--no-packet-sizes']],
  ['run --mode ob', ['observe']],
  ['run --mode=ob', ['observe']],
  ['top --inter', ['--interval']],
  ['log -o ', ['json', 'text']],
  ['log --output=j', ['json']],
  ['top -i l', ['lo']],
  ['top l', ['lo']],
  ['log lo portr', ['portrange']],
  ['log lo udp and malf', ['malformed']],
  ['completion z', ['zsh']],
  ['devices --vers', ['--version']],
  ['run --config.file compl', ['completion']],
  ['demo --dev', []],
  ['top --count 1', []],
];

async function scriptOf(shell: (typeof SHELLS)[number]): Promise<string> {
  let script = '';
  await runCompletion(
    await contextOf(['completion', shell], {
      write: (text) => {
        script += text;
      },
    }),
  );
  return script;
}

for (const name of ['bash', 'zsh'] as const) {
  describe(`the completion of ${name}`, () => {
    let shell: InteractiveShell | undefined;
    before(async () => {
      shell = await InteractiveShell.start(name, await scriptOf(name));
    });
    after(() => shell?.close());

    for (const [typed, words] of CASES) {
      it(`${typed.trim()}: ${words.join(' or ') || 'nothing'}`, async () => {
        const line = `xdp-exporter ${typed}`;
        const shown = (await shell?.complete(line))?.replaceAll('\u0007', '') ?? '';
        if (words.length === 0) {
          assert.equal(shown.trimEnd(), line);
        }
        for (const word of words) {
          const start = words.length > 1 ? '' : line.slice(0, line.search(/[^ =]*$/));
          assert.ok(shown.includes(`${start}${word}`), JSON.stringify(shown));
        }
      });
    }
  });
}

describe('the completion of fish', () => {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-fish-'));
  const script = join(folder, 'completion');
  before(async () => writeFileSync(script, await scriptOf('fish')));
  after(() => rmSync(folder, { recursive: true }));

  for (const [typed, words] of CASES) {
    it(`${typed.trim()}: ${words.join(' or ') || 'nothing'}`, () => {
      const ask = `source ${script}; complete -C 'xdp-exporter ${typed}'`;
      const { stdout, stderr, status } = spawnSync('fish', ['--no-config', '-c', ask], {
        cwd: folder,
        env: { PATH: process.env['PATH'], HOME: folder },
        encoding: 'utf8',
      });
      assert.deepEqual([status, stderr], [0, '']);
      const found = stdout
        .split('\n')
        .map((line) => line.replace(/\t.*$/, '').replace(/^-.*=/, ''));
      assert.deepEqual(found.filter(Boolean).sort(), [...words].sort());
    });
  }
});
