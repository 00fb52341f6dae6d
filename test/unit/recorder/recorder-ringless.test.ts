// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SystemError } from '../../../src/errors.ts';
import { FakeCpus, NOW_MS } from './fake-cpus.ts';
import { range } from './fake-program.ts';

const LONG_AFTER_MS = NOW_MS + 60_000;

describe('Recorder beside CPUs that send without a ring', () => {
  it('gives a CPU its ring in the next turn, though it is not online', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0], NOW_MS);
    cpus.happened();
    cpus.send(2, 3);
    cpus.turns(1);
    assert.deepEqual(cpus.happened(), ['open 2']);
    cpus.send(2, 4);
    cpus.turns(1);
    assert.deepEqual(cpus.taken.get(2), range(0, 4));
  });

  it('gives all that lack one their rings at once', () => {
    const cpus = new FakeCpus();
    cpus.send(0, 1);
    cpus.send(2, 1);
    cpus.turns(1);
    assert.deepEqual(cpus.happened(), ['open 0 2']);
  });

  it('takes no notice of what was counted before it began', () => {
    const cpus = new FakeCpus();
    cpus.turns(3);
    assert.deepEqual(cpus.happened(), []);
  });

  it('sees every change of the count, also where its low half wraps', () => {
    const cpus = new FakeCpus();
    cpus.ringless[1] = 2n ** 32n - 1n;
    cpus.turns(1);
    cpus.killRing(1);
    cpus.turns(1, LONG_AFTER_MS);
    cpus.happened();
    cpus.send(1, 1);
    cpus.turns(1, LONG_AFTER_MS);
    assert.deepEqual(cpus.happened(), ['withdraw 1', 'close 1', 'open 1']);
  });

  it('asks again for a ring that it could not have, ever later, and says so once', () => {
    const cpus = new FakeCpus();
    for (const cpu of [1, 2]) {
      cpus.refused.set(cpu, new SystemError(`open perf ring of CPU ${cpu}`, 'ENOMEM', 'free some'));
    }
    cpus.send(1, 1);
    cpus.send(2, 1);
    const tries: number[] = [];
    for (let passed = 0; passed < 20_000; passed += 4) {
      cpus.send(1, 1);
      cpus.recorder.turn(NOW_MS + passed);
      tries.push(...(cpus.happened().includes('open 1') ? [passed] : []));
    }
    // CPU 2 sends no more, so it is tried only with the first.
    assert.deepEqual(
      tries.slice(0, 8).map((time, index) => time - (tries[index - 1] ?? 0)),
      [52, 100, 200, 400, 800, 1600, 2000, 2000],
    );
    assert.deepEqual(cpus.warnings, [
      { message: 'open perf ring of CPU 1: ENOMEM; free some', fields: { cpu: 1 } },
    ]);
    cpus.refused.clear();
    cpus.send(1, 1);
    cpus.turns(1, LONG_AFTER_MS);
    assert.deepEqual(cpus.ringsOf, [1]);
  });

  it('asks again for the ring of a CPU that is online, though it sends nothing', () => {
    const cpus = new FakeCpus();
    cpus.refused.set(1, new SystemError('open perf ring of CPU 1', 'ENODEV'));
    cpus.recorder.followCpus([0, 1], NOW_MS);
    assert.deepEqual(cpus.ringsOf, [0]);
    cpus.refused.clear();
    cpus.recorder.followCpus([0, 1], NOW_MS + 40);
    assert.deepEqual(cpus.ringsOf, [0], 'not at once');
    cpus.recorder.followCpus([0, 1], NOW_MS + 2000);
    assert.deepEqual(cpus.ringsOf, [0, 1]);
  });

  it('says each other reason, too', () => {
    const cpus = new FakeCpus();
    cpus.refused.set(0, new SystemError('open perf ring of CPU 0', 'ENODEV'));
    cpus.refused.set(1, new SystemError('open perf ring of CPU 1', 'EPERM'));
    cpus.refused.set(2, new SystemError('open perf ring of CPU 2', 'EPERM'));
    cpus.recorder.followCpus([0, 1, 2], NOW_MS);
    assert.deepEqual(
      cpus.warnings.map(({ message }) => message),
      ['open perf ring of CPU 0: ENODEV', 'open perf ring of CPU 1: EPERM'],
    );
  });

  it('replaces a ring to which nothing can be sent any more, after what it holds was taken', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([1], NOW_MS);
    cpus.send(1, 3);
    cpus.killRing(1);
    cpus.send(1, 2);
    cpus.happened();
    cpus.turns(1, LONG_AFTER_MS);
    assert.deepEqual(cpus.happened(), ['withdraw 1', 'take 1', 'close 1', 'open 1']);
    cpus.send(1, 4);
    cpus.turns(1, LONG_AFTER_MS);
    assert.deepEqual(cpus.taken.get(1), range(0, 7));
  });

  it('replaces one ring in a turn', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0, 1], NOW_MS);
    for (const cpu of [0, 1]) {
      cpus.killRing(cpu);
      cpus.send(cpu, 1);
    }
    cpus.happened();
    cpus.turns(1, LONG_AFTER_MS);
    assert.deepEqual(cpus.happened(), ['withdraw 0', 'close 0', 'open 0']);
    cpus.turns(1, LONG_AFTER_MS);
    assert.deepEqual(cpus.happened(), ['withdraw 1', 'close 1', 'open 1']);
  });

  it('keeps a ring where a program that ran while it was opened counts a little later', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([1], NOW_MS);
    cpus.happened();
    cpus.ringless[1] = 1n;
    cpus.turns(1, NOW_MS + 4);
    cpus.turns(1, LONG_AFTER_MS);
    assert.deepEqual(cpus.happened(), []);
  });

  it('replaces a ring soon, however many were replaced long ago', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([1], NOW_MS);
    for (const minute of range(1, 6)) {
      const nowMs = NOW_MS + minute * 60_000;
      cpus.turns(1, nowMs - 1000);
      cpus.killRing(1);
      cpus.send(1, 1);
      cpus.turns(1, nowMs);
    }
    const lastMs = NOW_MS + 5 * 60_000;
    cpus.turns(10, lastMs);
    cpus.killRing(1);
    cpus.turns(10, lastMs + 40);
    cpus.send(1, 1);
    cpus.happened();
    cpus.turns(1, lastMs + 80);
    assert.deepEqual(cpus.happened(), ['withdraw 1', 'close 1', 'open 1']);
  });

  it('is not kept busy by a count that another process changes', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0, 1, 2], NOW_MS);
    cpus.happened();
    for (let passed = 0; passed < 20_000; passed += 4) {
      for (const cpu of [0, 1, 2]) {
        cpus.ringless[cpu] = (cpus.ringless[cpu] ?? 0n) + 1n;
      }
      cpus.recorder.turn(NOW_MS + passed);
    }
    const opened = cpus.happened().filter((event) => event.startsWith('open'));
    assert.ok(opened.length <= 3 * 15, `${opened.length} rings`);
  });
});
