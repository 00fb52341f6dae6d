// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { runIp } from '../../../src/demo/ip.ts';
import { RequirementError } from '../../../src/errors.ts';

const run = (script: string, input?: string) => runIp(['-c', script], input, 'sh');

describe('runIp', () => {
  it('gives what the command printed, and its input to the command', async () => {
    assert.equal(await run('echo out; cat', '1'), 'out\n1');
  });

  it('does not mind a command that ignores its input', async () => {
    assert.equal(await run('exec 0<&-; echo done', 'x'.repeat(1_000_000)), 'done\n');
  });

  it('quotes the command and the last line of its complaint', async () => {
    await assert.rejects(run('echo first >&2; echo File exists >&2; exit 2'), {
      name: 'ExporterError',
      message: 'run "sh -c echo first >&2; echo File exists >&2; exit 2": File exists',
    });
  });

  it('gives the exit code of a command that says nothing', async () => {
    await assert.rejects(run('exit 3'), { message: 'run "sh -c exit 3": exit code 3' });
  });

  it('runs nothing from the working directory, whatever the search path says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'xdp-ip-'));
    const before = { path: process.env['PATH'], folder: process.cwd() };
    writeFileSync(join(folder, 'ip'), '#!/bin/sh\necho foreign', { mode: 0o755 });
    process.chdir(folder);
    try {
      for (const path of ['', '.', ':', 'bin::.', undefined]) {
        delete process.env['PATH'];
        Object.assign(process.env, path === undefined ? {} : { PATH: path });
        assert.match(await runIp(['-V']), /iproute2/, `PATH=${path}`);
      }
      process.env['PATH'] = folder;
      assert.equal(await runIp(['-V']), 'foreign\n');
    } finally {
      process.chdir(before.folder);
      process.env['PATH'] = before.path;
      rmSync(folder, { recursive: true });
    }
  });

  it('asks for root where the kernel refuses', async () => {
    for (const reason of ['Operation not permitted', 'Permission denied']) {
      const refused = run(`echo "RTNETLINK answers: ${reason}" >&2; exit 2`);
      await assert.rejects(refused, (error: Error) => {
        assert.ok(error instanceof RequirementError);
        assert.match(error.message, new RegExp(`: RTNETLINK answers: ${reason}; run it as root$`));
        return true;
      });
    }
  });

  it('asks for iproute2 where there is none', async () => {
    await assert.rejects(runIp(['netns', 'list'], '', 'no-such-command'), {
      name: 'RequirementError',
      message: 'run "no-such-command netns list": not found; install iproute2',
    });
  });

  it('ends a command that does not end', async () => {
    await assert.rejects(runIp(['30'], '', 'sleep', 50), {
      message: 'run "sleep 30": no end within 0.05 s',
    });
  });
});
