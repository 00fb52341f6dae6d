// SPDX-License-Identifier: Apache-2.0
// The program itself, as far as it goes without privileges: test/kernel/generator.test.ts has it send frames.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ENTRY = fileURLToPath(new URL('../../../src/generator/generate.js', import.meta.url));

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

function generate(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, ...args], { timeout: 20_000 }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
  });
}

describe('generate.js', () => {
  it('exits with 2 and its usage when it is given nothing', async () => {
    const { code, stdout, stderr } = await generate();
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^read generator options: there are none; usage: .*\n$/);
  });

  it('exits with 2 when the network namespace does not exist', async () => {
    const options = { netns: 'no-such-namespace', device: 'gen0', frames: 1 };
    const { code, stdout, stderr } = await generate(JSON.stringify(options));
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^enter network namespace "no-such-namespace": /);
  });
});
