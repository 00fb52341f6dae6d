// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter log` against generated traffic, a ping, a reader that leaves and a disk that is full.
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
import { createNamespace, run, until } from './support/namespace.ts';

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

  const onLab = () => ['log', '--netns', lab.rx.netns, '--device', lab.rx.device];

  async function attached(): Promise<void> {
    const { netns, device } = lab.rx;
    await until('log is attached', async () =>
      (await run('ip', '-n', netns, '-d', 'link', 'show', device)).includes('prog/xdp'),
    );
  }

  test('prints each of 100,000 packets a second into a file, and says that it left out none', async () => {
    const file = join(folder, 'packets.log');
    const output = openSync(file, 'w');
    const logging = runMain([...onLab(), '--duration', '10'], {
      stdout: output,
      timeoutMs: 60_000,
    });
    await attached();
    const mix = [{ family: 4, protocol: 'udp', length: 100 }] as const;
    const load = startGenerator({ ...lab.tx, durationSeconds: 7, rate: 100_000, mix });
    const { sent } = await load.done;
    const { code, stderr } = await logging;
    closeSync(output);
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`printed=${sent} not_printed=0 lost_in_kernel=0`));
    const lines = readFileSync(file, 'latin1').trimEnd().split('\n');
    assert.equal(lines.length, sent);
    const line =
      /^time=\S+T\S+\.\d{6}Z device=demo0 cpu=[01] queue=\d+ source=192\.0\.2\.1 source_port=\d+ destination=\S+ destination_port=\d+ protocol=udp hop_limit=\d+ length=100 action=pass$/;
    assert.deepEqual(
      lines.filter((text) => !line.test(text)),
      [],
    );
  });

  test('stops after --count packets and counts the others', async () => {
    const logging = runMain([...onLab(), '--count', '10', '-o', 'json']);
    await attached();
    await startGenerator({ ...lab.tx, frames: 25 }).done;
    const { code, stdout, stderr } = await logging;
    assert.equal(code, 0);
    const packets = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.equal(packets.length, 10);
    assert.equal(packets[0].source, '192.0.2.1');
    assert.equal(packets[0].length, 60);
    assert.match(stderr, /printed=10 not_printed=15/);
  });

  test('ends when a slow reader has all that was printed, beyond what a pipe holds', async () => {
    const packets = 5_000;
    const command = [process.execPath, MAIN, ...onLab(), '--count', String(packets)];
    const reading = run('bash', '-c', `${command.join(' ')} 2>/dev/null | (sleep 1; wc -l)`);
    await attached();
    await startGenerator({ ...lab.tx, frames: packets }).done;
    assert.equal(Number(await reading), packets);
  });

  test('ends within 2 s of a signal, though its reader is stuck', async () => {
    const child = spawn(process.execPath, [MAIN, ...onLab()], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      await attached();
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

  test('shows a ping as ICMP, and the ping is answered', async () => {
    const namespace = await createNamespace();
    try {
      const logging = runMain([
        'log',
        '--netns',
        namespace.name,
        '--device',
        'lo',
        '--count',
        '4',
        '-o',
        'json',
      ]);
      await until('log is attached', async () =>
        (await namespace.ip('-d', 'link', 'show', 'lo')).includes('prog/xdp'),
      );
      const ping = ['ping', '-c', '2', '-i', '0.2', '127.0.0.1'];
      const answer = await run('ip', 'netns', 'exec', namespace.name, ...ping);
      assert.match(answer, /2 received/);
      const { stdout } = await logging;
      const packets = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      assert.deepEqual(
        packets.map(({ source, protocol, length, action }) => [source, protocol, length, action]),
        new Array(4).fill(['127.0.0.1', 'icmp', 98, 'pass']),
      );
    } finally {
      await namespace.close();
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
    await attached();
    const load = startGenerator({ ...lab.tx, durationSeconds: 5, rate: 1_000 });
    const { code, stderr } = await logging;
    await load.stop();
    closeSync(full);
    assert.equal(code, 1);
    assert.match(stderr, /^xdp-exporter: write standard output: ENOSPC$/m);
  });
});
