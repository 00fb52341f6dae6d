// SPDX-License-Identifier: Apache-2.0
// The real binary beside a foreign filter that drops a flood: what a user sees of it.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExporterProcess, runMain } from '../e2e/support/exporter-process.ts';
import { skipBefore } from '../kernel/support/kernel-version.ts';
import { ForeignPrograms, foreignFrame } from './support/foreign.ts';
import { type Holding, Hook } from './support/hook.ts';

const skip = skipBefore('5.17', 'for a tracing program to ask for a verdict');

/** An emulated machine takes its time to start Node. */
const TIMEOUT_MS = 120_000;

const DROPPED = foreignFrame({ verdict: 1, length: 100, source: 0xc633_6401 });
const PASSED = foreignFrame({ verdict: 2, length: 60, source: 0xc633_6402 });

describe('xdp-exporter beside a foreign filter', { skip }, () => {
  let hook: Hook;
  let foreign: ForeignPrograms;
  let holding: Holding;
  before(() => {
    hook = new Hook(['fl0']);
    foreign = new ForeignPrograms();
    holding = hook.attach('fl0', foreign.fd('foreign_with_a_rather_long_name'), 'link', 'native');
  });
  after(() => {
    holding?.detach();
    foreign?.close();
    hook?.close();
  });

  const id = () => foreign.id('foreign_with_a_rather_long_name');

  test('has its verdicts and its name on /metrics', async (t) => {
    const args = ['--netns', hook.netns.name, '--device', 'fl0'];
    const exporter = await ExporterProcess.start(args, { timeoutMs: TIMEOUT_MS });
    t.after(() => exporter.close());
    hook.send('fl0', DROPPED, 900);
    hook.send('fl0', PASSED, 100);
    await sleep(500);
    const samples = await exporter.scrape();
    assert.equal(samples.get('xdp_packets_total{device="fl0",action="drop"}'), 900);
    assert.equal(samples.get('xdp_packets_total{device="fl0",action="pass"}'), 100);
    assert.equal(samples.get('xdp_bytes_total{device="fl0",action="drop"}'), 90_000);
    const programs = [...samples.keys()].filter((name) => name.startsWith('xdp_program_info'));
    assert.equal(programs.length, 1);
    for (const label of [
      `id="${id()}"`,
      'program="foreign_with_a_rather_long_name"',
      'role="observed"',
    ]) {
      assert.ok(programs[0]?.includes(label), `${programs[0]} has ${label}`);
    }
    assert.equal(samples.get('xdp_observe_retargets_total{device="fl0"}'), 0);
    assert.equal(hook.programId('fl0'), id());
  });

  test('says in the log who is dropped', async () => {
    const sending = setInterval(() => hook.send('fl0', DROPPED, 5), 200);
    try {
      const args = ['--netns', hook.netns.name, '--device', 'fl0', '--count', '5', '-o', 'json'];
      const { stdout, stderr, code } = await runMain(['log', ...args], { timeoutMs: TIMEOUT_MS });
      assert.equal(code, 0, stderr);
      const lines = stdout.trim().split('\n');
      assert.equal(lines.length, 5);
      for (const line of lines) {
        assert.match(line, /"198\.51\.100\.1"/);
        assert.match(line, /"drop"/);
      }
    } finally {
      clearInterval(sending);
    }
  });
});
