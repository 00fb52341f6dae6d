// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RECORD } from '../../../src/kernel/layout.ts';
import { FakeCpus, NOW_MS } from './fake-cpus.ts';
import { range } from './fake-program.ts';

const corruptions = ({ recorder }: FakeCpus) => recorder.state(NOW_MS).corruptions;

const RECORD_WARNING = 'found a record that no program of ours wrote, and left it out';
const POSITION_WARNING = 'found a position that no program of ours wrote in a ring';
const INTERVAL_WARNING = 'found the sample interval changed by another process';

describe('Recorder over damaged memory', () => {
  it('counts records and positions over all CPUs, and says each kind once', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0, 1, 2], NOW_MS);
    assert.deepEqual(corruptions(cpus), { record: 0, position: 0, interval: 0 });
    for (const round of [1, 2]) {
      for (const cpu of [0, 2]) {
        cpus.send(cpu, 2);
        cpus.program(cpu).place(cpus.program(cpu).tail).writeUInt32LE(0, RECORD.offsets.weight);
      }
      cpus.program(1).head += 1000n;
      cpus.turns(1);
      assert.deepEqual(corruptions(cpus), { record: 2 * round, position: round, interval: 0 });
    }
    assert.deepEqual(cpus.warnings, [
      { message: RECORD_WARNING, fields: { kind: 'record' } },
      { message: POSITION_WARNING, fields: { kind: 'position' } },
    ]);
    assert.deepEqual(cpus.taken.get(2), [1, 3]);
  });

  it('says a kind that comes later, too', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0], NOW_MS);
    cpus.program(0).tail = 3n;
    cpus.turns(1);
    cpus.send(0, 1);
    cpus.program(0).place(0n).fill(0xff, 0, RECORD.sizeBytes);
    cpus.turns(1);
    cpus.sampleInterval[0] = 3;
    cpus.turns(1);
    assert.deepEqual(
      cpus.warnings.map(({ message }) => message),
      [POSITION_WARNING, RECORD_WARNING, INTERVAL_WARNING],
    );
  });

  it('keeps what was counted in a ring that was closed', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0], NOW_MS);
    cpus.program(0).head += 1000n;
    cpus.turns(1);
    cpus.send(0, 1);
    cpus.program(0).place(cpus.program(0).tail).fill(0, 0, RECORD.sizeBytes);
    cpus.recorder.followCpus([], NOW_MS);
    cpus.turns(1);
    assert.deepEqual(cpus.ringsOf, []);
    assert.deepEqual(corruptions(cpus), { record: 1, position: 1, interval: 0 });
    cpus.recorder.followCpus([0], NOW_MS + 2000);
    cpus.program(0).head += 1000n;
    cpus.turns(1, NOW_MS + 2000);
    assert.deepEqual(corruptions(cpus), { record: 1, position: 2, interval: 0 });
    assert.equal(cpus.warnings.length, 2);
  });

  it('does not count what it left out as records, nor a damaged position as a full ring', () => {
    // Seven in a tenth of a second.
    const cpus = new FakeCpus({ sampling: { maxEventsPerSecond: 70 } });
    cpus.recorder.followCpus([0], NOW_MS);
    cpus.turns(1);
    cpus.send(0, 8);
    cpus.program(0).place(0n).fill(0, 0, RECORD.sizeBytes);
    cpus.turns(1);
    cpus.program(0).head += 2n ** 60n;
    cpus.turns(1);
    assert.equal(cpus.sampleInterval[0], 1);
    assert.equal(cpus.recorder.state(NOW_MS).rings[0]?.fillRatioMax, 0.5);
  });

  it('sets the interval again where another process has changed it', () => {
    const cpus = new FakeCpus({ sampling: { fixedInterval: 64, maxEventsPerSecond: 1 } });
    for (const [round, interval] of [0, 1, 65, 0xffff_ffff].entries()) {
      cpus.sampleInterval[0] = interval;
      cpus.turns(1);
      assert.equal(cpus.sampleInterval[0], 64);
      assert.deepEqual(corruptions(cpus), { record: 0, position: 0, interval: round + 1 });
    }
    cpus.turns(3);
    assert.equal(corruptions(cpus).interval, 4);
    assert.deepEqual(cpus.warnings, [{ message: INTERVAL_WARNING, fields: { kind: 'interval' } }]);
  });

  it('takes its own change of the interval for nobody else’s', () => {
    const cpus = new FakeCpus();
    cpus.recorder.followCpus([0], NOW_MS);
    for (const _ of range(0, 4)) {
      cpus.send(0, 15);
      cpus.turns(1);
    }
    assert.equal(cpus.sampleInterval[0], 16);
    assert.equal(corruptions(cpus).interval, 0);
  });
});
