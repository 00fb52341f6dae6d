// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startGenerator } from '../../../src/demo/generator-process.ts';

const OPTIONS = { netns: 'no-such-namespace', device: 'gen0', frames: 5 };

describe('startGenerator', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'generator-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Starts a program of our own in place of the generator. */
  function start(name: string, source: string) {
    const entry = join(folder, `${name}.mjs`);
    writeFileSync(entry, source);
    return startGenerator(OPTIONS, entry);
  }

  it('gives the options to the child, and resolves to its last line', async () => {
    const child = start(
      'echo',
      `console.log('{"progress":{}}');
       console.log(JSON.stringify({ sent: JSON.parse(process.argv[2]).frames }));`,
    );
    assert.deepEqual(await child.done, { sent: 5 });
    assert.deepEqual(await child.stop(), { sent: 5 });
  });

  it('stops the child by closing its stdin, however early, and resolves to its count', async () => {
    const child = start(
      'stop',
      `process.stdin.resume().on('end', () => { console.log('{"sent":3}'); process.exit(0); });`,
    );
    const [first, second] = await Promise.all([child.stop(), child.stop()]);
    assert.deepEqual([first, second], [{ sent: 3 }, { sent: 3 }]);
  });

  it('leaves the stdin of the child open until then', async () => {
    const child = start(
      'stdin',
      `let open = true;
       process.stdin.resume().on('end', () => { open = false; });
       setTimeout(() => { console.log(JSON.stringify({ open })); process.exit(0); }, 100);`,
    );
    assert.deepEqual(await child.done, { open: true });
  });

  it('rejects with what the child wrote to stderr', async () => {
    const child = start('fail', `process.stderr.write('the reason\\n'); process.exit(1);`);
    await assert.rejects(child.done, {
      name: 'ExporterError',
      message: 'generate traffic: the reason',
    });
    await assert.rejects(child.stop(), { message: 'generate traffic: the reason' });
  });

  it('rejects with the code or signal of a child that says nothing', async () => {
    const exited = start('exit', 'process.exit(3);');
    await assert.rejects(exited.done, { message: 'generate traffic: it ended with code 3' });
    const killed = start('kill', `process.kill(process.pid, 'SIGKILL');`);
    await assert.rejects(killed.done, { message: 'generate traffic: it ended with SIGKILL' });
    const silent = start('silent', '');
    await assert.rejects(silent.done, { message: 'generate traffic: it ended with code 0' });
  });

  it('runs the real generator, whose complaint comes through', async () => {
    const child = startGenerator(OPTIONS);
    await assert.rejects(child.done, {
      message: /^generate traffic: enter network namespace "no-such-namespace": /,
    });
  });
});
