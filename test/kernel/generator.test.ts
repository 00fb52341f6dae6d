// SPDX-License-Identifier: Apache-2.0
// The generator against the exporter's own program: what it says it sent is what was counted at the other end.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { type GeneratorProcess, startGenerator } from '../../src/demo/generator-process.ts';
import { runIp } from '../../src/demo/ip.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import type { GeneratorOptions } from '../../src/generator/options.ts';
import type { MixEntry } from '../../src/generator/stream.ts';
import { readCpuMask } from '../../src/kernel/cpu-mask.ts';
import { Peer } from './support/peer.ts';
import { skipUnlessRoot } from './support/root.ts';

const UDP: MixEntry = { family: 4, protocol: 'udp' };

describe('the generator', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let peer: Peer;

  before(async () => {
    lab = await createLab({ name: 'generator' });
    peer = new Peer(lab.rx);
  });
  after(async () => {
    peer?.close();
    await lab?.close();
  });
  beforeEach(() => peer.counted());

  const start = (traffic: Omit<GeneratorOptions, 'netns' | 'device'>): GeneratorProcess =>
    startGenerator({ ...lab.tx, ...traffic });

  it('stands in a lab where nothing else sends', async () => {
    await setTimeout(300);
    assert.deepEqual(peer.counted(), { packets: 0, bytes: 0 });
  });

  const online = skipUnlessRoot === false ? readCpuMask('online') : [];
  for (const cpu of online) {
    it(`delivers exactly what it says from CPU ${cpu} at full speed`, async () => {
      const { sent, dropped, bytes, cpu: at } = await start({ frames: 1_000_003, cpu }).done;
      assert.deepEqual([sent, dropped, bytes, at], [1_000_003, 0, 60_000_180, cpu]);
      assert.deepEqual(peer.counted(), { packets: sent, bytes });
    });
  }

  it('delivers exactly what it says when two of it send at once', async () => {
    const cpus = [online[0] ?? 0, online.at(-1) ?? 0];
    const generators = cpus.map((cpu) => start({ frames: 500_000, cpu }));
    const results = await Promise.all(generators.map(({ done }) => done));
    const total = results.reduce((sum, { sent }) => sum + sent, 0);
    assert.equal(total, 1_000_000);
    assert.deepEqual(peer.counted(), { packets: total, bytes: 60 * total });
  });

  it('keeps its rate', async () => {
    const { sent, seconds } = await start({ durationSeconds: 2, rate: 50_000 }).done;
    assert.ok(Math.abs(sent / seconds / 50_000 - 1) < 0.05, `${sent} frames in ${seconds} s`);
    assert.equal(peer.counted().packets, sent);
  });

  it('sends bursts, and nothing between them', async () => {
    const burst = { frames: 20_000, everySeconds: 0.4 };
    const { sent, dropped, seconds } = await start({ durationSeconds: 1, burst }).done;
    assert.deepEqual([sent, dropped], [60_000, 0]);
    assert.ok(seconds > 0.8 && seconds < 1.2, `the last one ended after ${seconds} s`);
    assert.equal(peer.counted().packets, sent);
  });

  for (const rate of [0, 100_000]) {
    it(`gives its exact count when it is stopped at rate ${rate}`, async () => {
      const generator = start({ durationSeconds: 30, rate });
      await setTimeout(700);
      const { sent, seconds } = await generator.stop();
      assert.ok(sent > 0 && seconds < 30, `${sent} frames in ${seconds} s`);
      assert.equal(peer.counted().packets, sent);
    });
  }

  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    it(`gives its exact count after ${signal} in the middle of a run`, async () => {
      const { pid = 0, done } = start({ durationSeconds: 30 });
      await setTimeout(700);
      process.kill(pid, signal);
      const { sent, seconds } = await done;
      assert.ok(sent > 0 && seconds < 30, `${sent} frames in ${seconds} s`);
      assert.equal(peer.counted().packets, sent);
    });
  }

  it('ends with its parent, however that one ends', async () => {
    const module = new URL('../../src/demo/generator-process.js', import.meta.url).href;
    const options = JSON.stringify({ ...lab.tx, durationSeconds: 30 });
    const script = `import { startGenerator } from ${JSON.stringify(module)};
      console.log(startGenerator(${options}).pid);`;
    const parent = spawn(process.execPath, ['--input-type=module', '-e', script]);
    const [line] = await once(parent.stdout, 'data');
    const pid = Number(line);
    await setTimeout(500);
    assert.ok(isRunning(pid), 'the generator has ended too early');
    parent.kill('SIGKILL');
    for (let tries = 0; tries < 100 && isRunning(pid); tries++) {
      await setTimeout(50);
    }
    assert.ok(!isRunning(pid), 'the generator runs on');
  });

  it('refuses a device that is not there, and a frame beyond the MTU of the one that is', async () => {
    const lost = startGenerator({ ...lab.tx, device: 'gen1', frames: 1 });
    await assert.rejects(lost.done, /find device "gen1": no such device in the network namespace/);
    const long = start({ frames: 1, mix: [{ ...UDP, length: 1515 }] });
    await assert.rejects(long.done, /1515 bytes through "gen0": its MTU is 1500; "ip link set/);
  });

  it('refuses to be a third of its kind', async () => {
    const others = [0, 1].map(() => start({ durationSeconds: 30, rate: 10 }));
    await setTimeout(1000);
    await assert.rejects(start({ frames: 1 }).done, /at most two generators/);
    await Promise.all(others.map((generator) => generator.stop()));
  });

  it('sends the longest frames through a pair that has room for them', async () => {
    for (const { netns, device } of [lab.tx, lab.rx]) {
      await runIp(['-n', netns, 'link', 'set', device, 'mtu', '3394']);
    }
    const { bytes } = await start({ frames: 1000, mix: [{ ...UDP, length: 3408 }] }).done;
    assert.deepEqual(peer.counted(), { packets: 1000, bytes });
  });
});

describe('the generator without a receiver', { skip: skipUnlessRoot }, () => {
  it('says what the peer lacks, at once, and leaves nothing behind', async () => {
    const lab = await createLab({ name: 'nobody' });
    try {
      const { done } = startGenerator({ ...lab.tx, durationSeconds: 30 });
      await assert.rejects(done, /send 4096 frames through "gen0": none arrived; .* native XDP/);
    } finally {
      await lab.close();
    }
    assert.ok(!(await runIp(['netns', 'list'])).includes(`xdp-nobody-${process.pid}-`));
  });
});

/** A process that nobody has waited for yet is a zombie, and has ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
