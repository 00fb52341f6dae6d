// SPDX-License-Identifier: Apache-2.0
// When programs are measured, and what is made of what the kernel then counted.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { SystemError } from '../../../src/errors.ts';
import { type MeasuredDevice, ProgramCosts } from '../../../src/instruments/program-cost.ts';
import { FakeKernel } from '../engine/fake-kernel.ts';

const CYCLE = { measureMs: 1000, everyMs: 60_000 };

describe('ProgramCosts', () => {
  let kernel: FakeKernel;
  let costs: ProgramCosts;
  let devices: MeasuredDevice[];
  let nowMs: number;

  beforeEach(() => {
    kernel = new FakeKernel();
    costs = new ProgramCosts(kernel, CYCLE);
    devices = [deviceOf(0, 7), deviceOf(1, 8)];
    nowMs = 5;
    ran(7, 100, 5000);
    ran(8, 0, 0);
  });

  function deviceOf(slot: number, id: number): MeasuredDevice {
    const identity = { name: `program${id}`, id, tag: 'beef' };
    return { slot, instrument: { info: { ...identity, mode: 'native', role: 'attached' } } };
  }

  function ran(id: number, runs: number, nanoseconds: number): void {
    kernel.runs.set(id, { runs: BigInt(runs), nanoseconds: BigInt(nanoseconds) });
  }

  function tickAfter(milliseconds: number): void {
    nowMs += milliseconds;
    costs.tick(nowMs, devices);
  }

  it('has the kernel count for the first part of each cycle and no longer', () => {
    tickAfter(0);
    tickAfter(999);
    assert.deepEqual(kernel.events, ['count runs']);
    tickAfter(1);
    assert.deepEqual(kernel.events, ['count runs', 'count no runs']);
    tickAfter(58_999);
    assert.equal(kernel.events.length, 2);
    tickAfter(1);
    assert.deepEqual(kernel.events.slice(2), ['count runs']);
    costs.close();
    assert.deepEqual(kernel.events.slice(3), ['count no runs']);
  });

  it('knows the average of the last measurement, and the runs of all', () => {
    assert.equal(costs.read(0), undefined);
    tickAfter(0);
    ran(7, 150, 9000);
    tickAfter(1000);
    const program = { name: 'program7', role: 'attached' } as const;
    assert.deepEqual(costs.read(0), { program, averageSeconds: 80e-9, runs: 50 });
    assert.deepEqual(costs.read(1), { program: { name: 'program8', role: 'attached' }, runs: 0 });
    // What ran meanwhile for somebody else is not ours.
    ran(7, 1000, 1e6);
    tickAfter(59_000);
    ran(7, 1010, 1e6 + 300);
    tickAfter(1000);
    assert.deepEqual(costs.read(0), { program, averageSeconds: 30e-9, runs: 60 });
    costs.clearSlot(0);
    assert.equal(costs.read(0), undefined);
  });

  it('leaves out a program that came, went or was replaced while it measured', () => {
    tickAfter(0);
    devices = [deviceOf(0, 9), deviceOf(1, 8), deviceOf(2, 7), { slot: 3, instrument: undefined }];
    ran(9, 1, 1);
    kernel.runs.delete(8);
    tickAfter(1000);
    assert.deepEqual(
      [0, 1, 2].map((slot) => costs.read(slot)),
      [undefined, undefined, undefined],
    );
    assert.equal(kernel.events.at(-1), 'count no runs');
  });

  it('reads a program that devices share once, and has its runs on each', () => {
    let reads = 0;
    const counting = {
      countRuns: kernel.countRuns,
      programRuns: (id: number) => {
        reads++;
        return kernel.programRuns(id);
      },
    };
    costs = new ProgramCosts(counting, CYCLE);
    devices = [deviceOf(0, 7), deviceOf(1, 7)];
    tickAfter(0);
    ran(7, 101, 5050);
    tickAfter(1000);
    assert.equal(reads, 2);
    assert.deepEqual([costs.read(0)?.runs, costs.read(1)?.runs], [1, 1]);
  });

  it('says what is refused and how to do without, and tries again in the next cycle', () => {
    kernel.runsFailure = new SystemError('count runs of programs', 'EPERM');
    const expected = /^ExporterError: count runs of programs: EPERM: this needs CAP_SYS_ADMIN; /;
    assert.throws(() => tickAfter(0), expected);
    tickAfter(1000);
    assert.throws(() => costs.read(0), expected);
    kernel.runsFailure = undefined;
    tickAfter(59_000);
    assert.equal(costs.read(0), undefined);
  });

  it('stops the counting where a program cannot be read', () => {
    const failing = {
      countRuns: kernel.countRuns,
      programRuns: () => {
        throw new SystemError('open program 7', 'EMFILE');
      },
    };
    costs = new ProgramCosts(failing, CYCLE);
    assert.throws(() => tickAfter(0), /^SystemError: open program 7: EMFILE$/);
    assert.deepEqual(kernel.events, ['count runs', 'count no runs']);
  });
});
