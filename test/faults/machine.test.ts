// SPDX-License-Identifier: Apache-2.0
// A machine that gives less: no memory, no descriptors, a process that is stopped.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { startGenerator } from '../../src/demo/generator-process.ts';
import type { Lab } from '../../src/demo/lab.ts';
import { ExporterProcess } from '../e2e/support/exporter-process.ts';
import { type Samples, sumOf, upOf } from '../e2e/support/exposition.ts';
import { createOpenLab } from '../e2e/support/lab.ts';
import { run, until } from '../e2e/support/namespace.ts';
import { wireOf } from '../e2e/support/wire-pid.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';

const FRAMES = 50_000;

/** The memory controller of cgroup v1. */
const FIRST = '/sys/fs/cgroup/memory';

/** Enters the group that is its first argument, and becomes what follows. */
const IN_GROUP = ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"'] as const;

/** The next one to be killed. tail keeps what it has read until a line ends. */
const EAT =
  'echo $$ > "$0/cgroup.procs" && echo 999 > /proc/self/oom_score_adj && exec tail /dev/zero';

/** Beyond what the exporter has. */
const SPARE_BYTES = 32 * 2 ** 20;

describe('a machine that gives less', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess | undefined;

  before(async () => {
    lab = await createOpenLab('less');
  });
  afterEach(async () => {
    await exporter?.close();
    exporter = undefined;
  });
  after(() => lab?.close());

  const args = () => ['--netns', lab.rx.netns, '--device', lab.rx.device];

  async function start(...more: string[]): Promise<ExporterProcess> {
    exporter = await ExporterProcess.start([...args(), ...more]);
    return exporter;
  }

  async function programId(): Promise<number | undefined> {
    const { netns, device } = lab.rx;
    const [link] = JSON.parse(await run('ip', '-n', netns, '-j', '-d', 'link', 'show', device));
    return link.xdp?.prog?.id;
  }

  async function send(frames: number): Promise<number> {
    const { sent } = await startGenerator({ ...lab.tx, frames, rate: 100_000 }).done;
    return sent;
  }

  const packets = (samples: Samples) => sumOf(samples, 'xdp_packets_total');

  test('stopped and continued, the engine has counted every packet and tells which records it missed', async () => {
    const running = await start('--logger.ring-kib', '256', '--logger.sample', '1');
    process.kill(running.pid, 'SIGSTOP');
    let sent = 0;
    try {
      sent = await send(FRAMES);
      const late = await running.get('metrics').then(
        (text) => text,
        () => '',
      );
      assert.doesNotMatch(late, /^xdp_packets_total/m, 'a stopped engine gives no old numbers');
    } finally {
      process.kill(running.pid, 'SIGCONT');
    }
    let samples: Samples = new Map();
    await until('it serves again', async () => {
      samples = await running.scrape().catch(() => new Map());
      return packets(samples) === sent && sumOf(samples, 'xdp_logger_pending_packets') === 0;
    });
    assert.equal(sumOf(samples, 'xdp_logger_packets_total'), sent);
    assert.ok(sumOf(samples, 'xdp_logger_packets_total', { outcome: 'decoded' }) < sent);
  });

  test('stopped for less than its limit, the wire stays the same and answers late', async () => {
    const running = await start();
    const wire = wireOf(running.pid) ?? 0;
    process.kill(wire, 'SIGSTOP');
    const answer = running.get('metrics');
    await delay(1500);
    process.kill(wire, 'SIGCONT');
    assert.match(await answer, /^xdp_device_up\{.*\} 1$/m);
    assert.equal(wireOf(running.pid), wire);
  });

  /** Has the kernel kill that process for want of memory, which a third one of the group asks for. */
  async function starve(group: string, pid: number): Promise<void> {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '1000');
    const used = Number(readFileSync(join(group, 'memory.usage_in_bytes'), 'utf8'));
    writeFileSync(join(group, 'memory.limit_in_bytes'), String(used + SPARE_BYTES));
    const eater = spawn('sh', ['-c', EAT, group], { stdio: 'ignore' });
    const [, signal] = await once(eater, 'close');
    assert.equal(signal, 'SIGKILL', 'what eats memory is killed, too');
    writeFileSync(join(group, 'memory.limit_in_bytes'), '-1');
  }

  for (const victim of ['engine', 'wire'] as const) {
    test(`killed for want of memory, the ${victim} leaves no program, and counting goes on`, async (t) => {
      if (!existsSync(join(FIRST, 'memory.limit_in_bytes'))) {
        t.skip('there is no memory controller of cgroup v1');
        return;
      }
      const group = join(FIRST, `xdp-test-${process.pid}`);
      mkdirSync(group);
      try {
        exporter = await ExporterProcess.start(args(), { wrapper: [...IN_GROUP, group] });
        const program = await programId();
        const wire = wireOf(exporter.pid) ?? 0;
        await starve(group, victim === 'wire' ? wire : exporter.pid);
        if (victim === 'wire') {
          await until('another wire serves', async () => {
            const samples = await exporter?.scrape().catch(() => undefined);
            return samples !== undefined && sumOf(samples, 'xdp_exporter_wire_restarts_total') > 0;
          }).catch((cause: unknown) => {
            throw new Error(exporter?.log, { cause });
          });
          assert.match(exporter.log, /the wire process ended: SIGKILL/);
          assert.equal(await programId(), program);
        } else {
          assert.deepEqual(await exporter.ended, { code: null, signal: 'SIGKILL' });
          assert.equal(await programId(), undefined);
          exporter = await ExporterProcess.start(args());
        }
        const sent = await send(1000);
        assert.equal(packets(await exporter.scrape()), sent);
      } finally {
        await exporter?.close();
        await until('the group is empty', () => removed(group));
      }
    });
  }

  test('out of descriptors, it shows no wrong number, and goes on when it has some again', async () => {
    const running = await start();
    const sent = await send(1000);
    await run('prlimit', '--pid', String(running.pid), '--nofile=3:');
    const { netns } = lab.rx;
    const ip = (...words: string[]) => run('ip', '-n', netns, ...words);
    await ip('link', 'add', 'few0', 'type', 'veth', 'peer', 'name', 'few1');
    await delay(2500);
    const samples = await running.scrape();
    assert.equal(packets(samples), sent);
    assert.equal(sumOf(samples, 'xdp_scrape_collector_success', { collector: 'rescan' }), 0);
    assert.match(running.log, /EMFILE/);
    await run('prlimit', '--pid', String(running.pid), '--nofile=1024:');
    await until('the next look succeeds', async () => {
      const now = await running.scrape();
      return sumOf(now, 'xdp_scrape_collector_success', { collector: 'rescan' }) === 1;
    });
    await ip('link', 'del', 'few0');
    assert.equal(upOf(await running.scrape(), lab.rx.device), 1);
  });

  test('started with too few descriptors, it says so in one line and exits', async () => {
    const wrapper = ['prlimit', '--nofile=24:24'];
    await assert.rejects(ExporterProcess.start(args(), { wrapper }), (error: Error) => {
      const lines = error.message.split('\n').filter((line) => line.startsWith('xdp-exporter: '));
      assert.equal(lines.length, 1, error.message);
      assert.match(error.message, /open files: "24" is below 128; raise it/);
      return true;
    });
    assert.equal(await programId(), undefined);
  });
});

function removed(group: string): boolean {
  try {
    rmdirSync(group);
    return true;
  } catch {
    return false;
  }
}
