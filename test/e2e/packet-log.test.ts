// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter log` against generated traffic, a reader that leaves and a disk that is full.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { MAIN, runMain } from './support/exporter-process.ts';
import { createOpenLab } from './support/lab.ts';
import { run } from './support/namespace.ts';
import { accountOf, argsFor, attached, packetsOf, startLog } from './support/packet-log.ts';

describe('log', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let folder: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'xdp-log-'));
    lab = await createOpenLab('log');
  });
  after(async () => {
    await lab?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const onLab = () => argsFor(lab);

  test('prints what a filter and sampling leave, and accounts for all others', async () => {
    const frames = 20_000;
    const log = await startLog(
      lab,
      '--sample 10 -o json udp and dst port 9 and device demo0 and action pass'.split(' '),
    );
    try {
      const mix = [
        { family: 4, protocol: 'udp' },
        { family: 4, protocol: 'tcp' },
      ] as const;
      await startGenerator({ ...lab.tx, frames, rate: 50_000, mix }).done;
      const { stdout, account } = await log.stop();
      const packets = packetsOf(stdout);
      assert.deepEqual(
        new Set(packets.map(({ protocol, destination_port: port }) => `${protocol} ${port}`)),
        new Set(['udp 9']),
      );
      const { seen, printed = 0, filtered_out: held = 0, not_printed, sampled_out } = account;
      assert.equal(seen, frames);
      assert.equal(printed, packets.length);
      assert.equal(not_printed, frames - printed - held);
      assert.equal(sampled_out, not_printed);
      // One in ten, half of them UDP; within five standard deviations.
      assert.ok(Math.abs(printed - frames / 20) < 160, `${printed} printed`);
      assert.ok(Math.abs(held - frames / 20) < 160, `${held} filtered out`);
    } finally {
      log.kill();
    }
  });

  test('stops after --count packets and counts the others', async () => {
    const logging = runMain([...onLab(), '--count', '10', '-o', 'json']);
    await attached(lab);
    await startGenerator({ ...lab.tx, frames: 25 }).done;
    const { code, stdout, stderr } = await logging;
    assert.equal(code, 0);
    const packets = packetsOf(stdout);
    assert.equal(packets.length, 10);
    assert.deepEqual([packets[0]?.source, packets[0]?.length], ['192.0.2.1', 60]);
    const { seen, printed, not_printed } = accountOf(stderr);
    assert.deepEqual([seen, printed, not_printed], [25, 10, 15]);
  });

  test('ends when a slow reader has all that was printed, beyond what a pipe holds', async () => {
    const packets = 5_000;
    const command = [process.execPath, MAIN, ...onLab(), '--count', String(packets)];
    const reading = run('bash', '-c', `${command.join(' ')} 2>/dev/null | (sleep 1; wc -l)`);
    await attached(lab);
    await startGenerator({ ...lab.tx, frames: packets }).done;
    assert.equal(Number(await reading), packets);
  });

  test('ends within 2 s of a signal, though its reader is stuck', async () => {
    const child = spawn(process.execPath, [MAIN, ...onLab()], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      await attached(lab);
      await startGenerator({ ...lab.tx, frames: 5_000 }).done;
      await delay(500);
      const asked = Date.now();
      child.kill('SIGTERM');
      const [code] = await once(child, 'exit');
      assert.equal(code, 0);
      assert.ok(Date.now() - asked < 2000, `${Date.now() - asked} ms`);
    } finally {
      child.kill('SIGKILL');
    }
  });

  test('ends quietly with 0 when its reader leaves', async () => {
    const load = startGenerator({ ...lab.tx, durationSeconds: 20, rate: 10_000 });
    const command = `"$0" "${MAIN}" ${onLab().join(' ')} 2>"${folder}/err" | head -5; echo "\${PIPESTATUS[0]}"`;
    const output = await run('bash', '-c', command, process.execPath);
    await load.stop();
    const lines = output.trim().split('\n');
    assert.equal(lines.length, 6);
    assert.equal(lines[5], '0');
    assert.doesNotMatch(readFileSync(join(folder, 'err'), 'utf8'), /xdp-exporter:/);
  });

  test('says that the disk is full, and exits 1', async () => {
    const full = openSync('/dev/full', 'w');
    const logging = runMain(onLab(), { stdout: full });
    await attached(lab);
    const load = startGenerator({ ...lab.tx, durationSeconds: 5, rate: 1_000 });
    const { code, stderr } = await logging;
    await load.stop();
    closeSync(full);
    assert.equal(code, 1);
    assert.match(stderr, /^xdp-exporter: write standard output: ENOSPC$/m);
  });
});
