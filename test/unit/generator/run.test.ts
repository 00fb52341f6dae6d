// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type GeneratorPlan, parseOptions } from '../../../src/generator/options.ts';
import { type ProgressReport, type RunParts, runGenerator } from '../../../src/generator/run.ts';

const plan = (options: object): GeneratorPlan =>
  parseOptions(JSON.stringify({ netns: 'lab', device: 'gen0', ...options }));

/** A device of a million frames per second, and a clock that moves only while something happens. */
class FakeMachine {
  readonly runs: number[] = [];
  readonly reports: ProgressReport[] = [];
  readonly stop = new AbortController();
  nowMs = 50;
  /** Frames that the peer has not taken yet, will never take, or refuses. */
  queued = 0;
  vanish = false;
  dropped = 0;
  #frames = 0;
  onRun = (_frames: number): number => 0;

  readonly parts: RunParts = {
    program: {
      send: (frames) => {
        this.runs.push(frames);
        const unsent = this.onRun(frames);
        this.#frames += frames - unsent;
        this.nowMs += (frames - unsent) / 1000;
      },
      progress: () => ({ frames: this.#frames, bytes: this.#frames * 60 }),
    },
    readCounters: () => {
      const packets = this.vanish ? 0 : this.#frames - this.queued - this.dropped;
      return { packets: 1000 + packets, bytes: 60_000 + packets * 60, dropped: 9 + this.dropped };
    },
    signal: this.stop.signal,
    now: () => this.nowMs,
    sleep: (ms) => {
      this.nowMs += ms;
      return Promise.resolve();
    },
    report: (report) => this.reports.push(report),
  };
}

describe('runGenerator', () => {
  it('sends exactly the frames it was asked for, at full speed', async () => {
    const machine = new FakeMachine();
    const result = await runGenerator(plan({ frames: 100_001, cpu: 1 }), machine.parts);
    assert.deepEqual(result, {
      sent: 100_001,
      dropped: 0,
      bytes: 6_000_060,
      seconds: 0.100001,
      cpu: 1,
    });
    assert.equal(
      machine.runs.reduce((sum, frames) => sum + frames, 0),
      100_001,
    );
  });

  it('keeps the rate until its time is up', async () => {
    const machine = new FakeMachine();
    const options = { durationSeconds: 2, rate: 50_000 };
    const { sent, seconds, cpu } = await runGenerator(plan(options), machine.parts);
    assert.ok(Math.abs(sent / seconds - 50_000) < 500, `${sent} frames in ${seconds} s`);
    assert.ok(seconds > 1.98 && seconds <= 2.01, `${seconds} s`);
    assert.equal(cpu, null);
  });

  it('sends bursts, each in one run, and nothing between them', async () => {
    const machine = new FakeMachine();
    const options = { durationSeconds: 2.5, burst: { frames: 20_000, everySeconds: 1 } };
    const { sent } = await runGenerator(plan(options), machine.parts);
    assert.equal(sent, 60_000);
    assert.deepEqual(machine.runs, [20_000, 20_000, 20_000]);
  });

  it('ends at whatever comes first, frames or time', async () => {
    const { parts } = new FakeMachine();
    const { sent } = await runGenerator(plan({ frames: 10, durationSeconds: 60 }), parts);
    assert.equal(sent, 10);
  });

  it('gives the exact count when it is stopped in the middle of a run', async () => {
    const machine = new FakeMachine();
    machine.onRun = (frames) => {
      if (machine.runs.length < 3) {
        return 0;
      }
      machine.stop.abort();
      return frames - 100;
    };
    const { sent } = await runGenerator(plan({ frames: 1e9 }), machine.parts);
    assert.equal(sent, 4096 + 8192 + 100);
  });

  it('sends nothing when it is stopped before it starts', async () => {
    const machine = new FakeMachine();
    machine.stop.abort();
    const { sent, seconds } = await runGenerator(plan({ frames: 5 }), machine.parts);
    assert.deepEqual([sent, seconds, machine.runs], [0, 0, []]);
  });

  it('sends what a signal left of a run in the next one', async () => {
    const machine = new FakeMachine();
    machine.onRun = (frames) => (machine.runs.length === 1 ? frames - 1 : 0);
    const { sent } = await runGenerator(plan({ frames: 3000 }), machine.parts);
    assert.equal(sent, 3000);
    assert.deepEqual(machine.runs, [3000, 2999]);
  });

  it('waits until the peer has taken the last frames', async () => {
    const machine = new FakeMachine();
    const { sleep } = machine.parts;
    machine.queued = 200;
    const { sent, dropped } = await runGenerator(plan({ frames: 300 }), {
      ...machine.parts,
      sleep: (ms) => {
        machine.queued = Math.max(0, machine.queued - 40);
        return sleep(ms);
      },
    });
    assert.deepEqual([sent, dropped], [300, 0]);
  });

  it('takes what the ring refused off its count', async () => {
    const machine = new FakeMachine();
    machine.onRun = () => {
      machine.dropped = 7;
      return 0;
    };
    const { sent, dropped, bytes } = await runGenerator(plan({ frames: 100 }), machine.parts);
    assert.deepEqual([sent, dropped, bytes], [93, 7, 93 * 60]);
  });

  it('takes what vanished off its count, once it has waited for it', async () => {
    const machine = new FakeMachine();
    machine.onRun = () => {
      machine.queued = machine.runs.length > 1 ? 50 : 0;
      return 0;
    };
    const { sent, dropped } = await runGenerator(plan({ frames: 5000 }), machine.parts);
    assert.deepEqual([sent, dropped], [4950, 50]);
  });

  it('fails at once where no frame arrives, and says what the peer needs', async () => {
    const machine = new FakeMachine();
    machine.vanish = true;
    await assert.rejects(runGenerator(plan({ frames: 1e9 }), machine.parts), {
      name: 'ExporterError',
      message:
        'send 4096 frames through "gen0": none arrived; both ends of the pair must be up, and its peer needs a native XDP program (or "ethtool -K PEER gro on")',
    });
    assert.equal(machine.runs.length, 1);
  });

  it('reports once a second', async () => {
    const machine = new FakeMachine();
    await runGenerator(plan({ durationSeconds: 3.5, rate: 1000 }), machine.parts);
    assert.equal(machine.reports.length, 3);
    for (const [index, { frames, bytes, seconds }] of machine.reports.entries()) {
      assert.ok(Math.abs(seconds - (index + 1)) < 0.02, `${seconds} s`);
      assert.ok(Math.abs(frames - (index + 1) * 1000) < 20, `${frames} frames`);
      assert.equal(bytes, frames * 60);
    }
  });
});
