// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORD } from '../../../src/kernel/layout.ts';
import { FakeCpus, NOW_MS, RECORDS } from './fake-cpus.ts';
import { range } from './fake-program.ts';

describe('Recorder following the list of CPUs', () => {
  it('opens the rings of all CPUs that are online at once, whatever numbers they have', () => {
    const cpus = new FakeCpus({ possible: [0, 3, 7] });
    assert.deepEqual(cpus.happened(), []);
    cpus.recorder.followCpus([7, 0], NOW_MS);
    cpus.recorder.followCpus([0, 7], NOW_MS);
    assert.deepEqual(cpus.happened(), ['open 0 7']);
    assert.deepEqual(cpus.ringsOf, [0, 7]);
    cpus.recorder.followCpus([0, 3, 7], NOW_MS);
    assert.deepEqual(cpus.happened(), ['open 3']);
  });

  it('takes the ring away from a CPU that went offline, then what it holds, then closes it', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0, 1], NOW_MS);
    cpus.send(1, 5);
    cpus.happened();
    cpus.recorder.followCpus([0], NOW_MS);
    cpus.recorder.followCpus([0], NOW_MS);
    cpus.turns(1);
    assert.deepEqual(cpus.happened(), ['withdraw 1', 'take 1', 'close 1']);
    assert.deepEqual(cpus.taken.get(1), range(0, 5));
    cpus.turns(2);
    cpus.recorder.followCpus([0], NOW_MS);
    assert.deepEqual(cpus.happened(), []);
    assert.deepEqual(cpus.ringsOf, [0]);
  });

  it('takes one ring away in a turn, and reads the others meanwhile', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0, 1, 2], NOW_MS);
    cpus.recorder.followCpus([], NOW_MS);
    for (const left of [2, 1, 0]) {
      for (const cpu of cpus.ringsOf) {
        cpus.send(cpu, 1);
      }
      cpus.happened();
      cpus.turns(1);
      const events = cpus.happened();
      assert.equal(events.filter((event) => event.startsWith('withdraw')).length, 1);
      assert.equal(events.filter((event) => event.startsWith('take')).length, left + 1);
      assert.equal(cpus.ringsOf.length, left);
    }
  });

  it('goes on in a new ring when a CPU is back', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0, 1], NOW_MS);
    cpus.send(1, 5);
    cpus.recorder.followCpus([0], NOW_MS);
    cpus.turns(1);
    cpus.recorder.followCpus([0, 1], NOW_MS + 2000);
    cpus.send(1, 7);
    cpus.turns(1, NOW_MS + 2000);
    assert.deepEqual(cpus.taken.get(1), range(0, 12));
  });

  it('keeps the ring of a CPU that was back before its ring was taken away', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0, 1], NOW_MS);
    cpus.happened();
    cpus.recorder.followCpus([0], NOW_MS);
    cpus.recorder.followCpus([0, 1], NOW_MS);
    cpus.turns(3);
    assert.deepEqual(cpus.happened(), []);
  });

  it('keeps the rings of CPUs that send, though the kernel never listed them', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([], NOW_MS);
    cpus.send(2, 1);
    cpus.turns(1);
    cpus.recorder.followCpus([], NOW_MS + 2000);
    cpus.recorder.followCpus([0], NOW_MS + 4000);
    cpus.turns(2, NOW_MS + 4000);
    assert.deepEqual(cpus.ringsOf, [0, 2]);
  });

  for (const had of [true, false]) {
    it(`keeps the new ring of a CPU that sends, though it went offline ${had ? 'with' : 'without'} one`, () => {
      const cpus = new FakeCpus();
      if (!had) {
        cpus.refused.set(1, new Error('open ring of CPU 1: ENOMEM'));
      }
      cpus.recorder.followCpus([0, 1], NOW_MS);
      cpus.refused.clear();
      cpus.recorder.followCpus([0], NOW_MS);
      cpus.turns(1);
      assert.deepEqual(cpus.ringsOf, [0]);
      cpus.send(1, 1);
      cpus.turns(3, NOW_MS + 2000);
      cpus.recorder.followCpus([0], NOW_MS + 2000);
      cpus.turns(3, NOW_MS + 2000);
      assert.deepEqual(cpus.ringsOf, [0, 1]);
    });
  }

  it('reads on in a ring that the kernel does not take away, and asks again after a while', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0, 1], NOW_MS);
    cpus.send(1, 5);
    cpus.withdrawError = new Error('withdraw ring of CPU 1: EPERM');
    cpus.recorder.followCpus([0], NOW_MS);
    cpus.turns(1);
    cpus.send(1, 2);
    cpus.happened();
    cpus.turns(3);
    assert.deepEqual(cpus.happened(), ['take 1']);
    assert.deepEqual(cpus.taken.get(1), range(0, 7));
    assert.deepEqual(cpus.ringsOf, [0, 1]);
    assert.deepEqual(cpus.warnings, [
      { message: 'withdraw ring of CPU 1: EPERM', fields: { cpu: 1 } },
    ]);
    cpus.withdrawError = undefined;
    cpus.turns(1, NOW_MS + 2000);
    assert.deepEqual(cpus.happened(), ['withdraw 1', 'close 1']);
    assert.deepEqual(cpus.ringsOf, [0]);
  });

  it('closes every ring at its end', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0, 2], NOW_MS);
    cpus.happened();
    cpus.recorder.close();
    cpus.recorder.close();
    assert.deepEqual(cpus.happened(), ['close 0', 'close 2']);
    assert.deepEqual(cpus.ringsOf, []);
  });
});

describe('Recorder taking turns', () => {
  it('begins with a different CPU each time', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0, 1, 2], NOW_MS);
    const orders = range(0, 5).map(() => {
      cpus.happened();
      for (const cpu of [0, 1, 2]) {
        cpus.send(cpu, 1);
      }
      cpus.turns(1);
      return cpus.happened().join(' ').replaceAll('take ', '');
    });
    assert.deepEqual(orders, ['0 1 2', '1 2 0', '2 0 1', '0 1 2', '1 2 0']);
  });

  it('says of each ring how large it is, and how full the last minute found it', () => {
    const cpus = new FakeCpus({ possible: [2, 5] });
    const { recorder } = cpus;
    recorder.followCpus([2, 5], NOW_MS);
    cpus.send(5, 4);
    cpus.turns(1);
    cpus.send(5, 1);
    cpus.turns(1, NOW_MS + 1000);
    const sizeBytes = RECORDS * RECORD.sizeBytes;
    assert.deepEqual(recorder.state(NOW_MS + 1000).rings, [
      { cpu: 2, sizeBytes, fillRatioMax: 0 },
      { cpu: 5, sizeBytes, fillRatioMax: 0.25 },
    ]);
    assert.equal(recorder.state(NOW_MS + 60_000).rings[1]?.fillRatioMax, 0.25);
    assert.equal(recorder.state(NOW_MS + 71_000).rings[1]?.fillRatioMax, 0);
  });
});

describe('Recorder sampling', () => {
  it('tells programs the interval before the first packet', () => {
    const cpus = new FakeCpus({ sampling: { fixedInterval: 1000, maxEventsPerSecond: 1 } });
    assert.equal(cpus.sampleInterval[0], 1000);
    assert.equal(cpus.recorder.state(NOW_MS).sampleInterval, 1000);
  });

  it('doubles the interval in the turn that finds any ring more than half full', () => {
    for (const full of [0, 1, 2]) {
      const cpus = new FakeCpus();
      cpus.recorder.followCpus([0, 1, 2], NOW_MS);
      cpus.send(full, RECORDS / 2);
      cpus.turns(1);
      assert.equal(cpus.sampleInterval[0], 1);
      cpus.send(full, RECORDS / 2 + 1);
      cpus.turns(1);
      assert.equal(cpus.sampleInterval[0], 2);
      assert.equal(cpus.recorder.state(NOW_MS).sampleInterval, 2);
    }
  });

  it('counts the records of all CPUs towards the budget, also of a ring that is taken away', () => {
    // Ten in a tenth of a second.
    const cpus = new FakeCpus({ sampling: { maxEventsPerSecond: 100 } });
    cpus.recorder.followCpus([0, 1], NOW_MS);
    cpus.turns(1);
    cpus.send(0, 5);
    cpus.send(1, 5);
    cpus.turns(1);
    assert.equal(cpus.sampleInterval[0], 1);
    cpus.send(1, 1);
    cpus.recorder.followCpus([0], NOW_MS);
    cpus.turns(1);
    assert.equal(cpus.sampleInterval[0], 2);
  });
});
