// SPDX-License-Identifier: Apache-2.0
// scripts/leaks.ts, around commands that leave something behind and one that does not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { skipUnlessRoot } from './support/root.ts';
import { ThrowawayNetns } from './support/throwaway-netns.ts';

const LEAKS = fileURLToPath(new URL('../../scripts/leaks.js', import.meta.url));
const OBJECT = fileURLToPath(new URL('../bpf/tutorial.bpf.o', import.meta.url));

/** Of bash, whose own id is in names that are its own. */
function run(script: string) {
  const env = { ...process.env, XDP_LEAK_SECONDS: '1' };
  return spawnSync(process.execPath, [LEAKS, 'bash', '-c', script], { encoding: 'utf8', env });
}

describe('scripts/leaks.ts', { skip: skipUnlessRoot }, () => {
  it('says nothing where nothing is left, and gives the status of the command', () => {
    const netns = 'ip netns add xdp-gone-$$ && ip netns del xdp-gone-$$';
    const { status, stderr } = run(`${netns}; sleep 0.1 & wait; exit 7`);
    assert.deepEqual([status, stderr], [7, '']);
  });

  it('leaves alone what is attached in the namespace of a process that runs', (t: TestContext) => {
    const netns = new ThrowawayNetns();
    t.after(() => netns.delete());
    const attach = `ip -n ${netns.name} link set lo xdpgeneric obj ${OBJECT} sec xdp`;
    const { status, stderr } = run(attach);
    assert.deepEqual([status, stderr], [0, '']);
  });

  it('names a process, with its descriptors and sockets', () => {
    const { status, stderr } = run(`sleep 300 <> /dev/null >/dev/null 2>&1 & exit 0`);
    const [, pid] =
      /^left behind: process (\d+) "sleep 300" with \d+ descriptors/m.exec(stderr) ?? [];
    process.kill(Number(pid), 'SIGKILL');
    assert.equal(status, 1);
  });

  it('names a network namespace, and a program and its maps that are attached in it', (t: TestContext) => {
    const name = 'xdp-left-$$';
    const attach = `ip -n ${name} link set lo xdpgeneric obj ${OBJECT} sec xdp`;
    const { status, stderr } = run(`ip netns add ${name} && ${attach}`);
    const [, left = ''] = /network namespace "(xdp-left-\d+)"/.exec(stderr) ?? [];
    t.after(() => spawnSync('ip', ['netns', 'del', left]));
    assert.equal(status, 1);
    assert.match(left, /^xdp-left-\d+$/, stderr);
    assert.match(stderr, /^left behind: prog \d+ "/m);
  });
});
