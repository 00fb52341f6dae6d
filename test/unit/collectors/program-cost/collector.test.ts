// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { programCost } from '../../../../src/collectors/program-cost/collector.ts';
import type { ProgramCost } from '../../../../src/snapshot/program-cost.ts';
import { contextOf, deviceOf } from '../../catalogue/snapshots.ts';
import { FakeDevices } from '../reading.ts';

const IDLE: ProgramCost = { program: { name: 'filter', role: 'observed' }, runs: 3 };
const BUSY: ProgramCost = { ...IDLE, averageSeconds: 1.5e-7 };

describe('programCost', () => {
  it('is switched off where nothing is measured', () => {
    assert.equal(programCost.read(new FakeDevices().reading()), undefined);
  });

  it('has an average of each program that ran, and the runs of all that were measured', () => {
    const costs = [BUSY, IDLE];
    const slots = [0, undefined, 1, 2];
    const reading = new FakeDevices({ slots: 3 }).reading({
      slots,
      programCost: (slot) => costs[slot],
    });
    const part = programCost.read(reading);
    assert.ok(part);
    const names = ['eth0', 'eth1', 'eth2', 'eth3'];
    const [seconds, runs] = programCost.families(
      part,
      contextOf(
        names.map((name) => deviceOf(name)),
        [0],
      ),
    );
    assert.deepEqual(
      seconds?.samples.map((sample) => ({ ...sample })),
      [{ labels: { device: 'eth0', program: 'filter', role: 'observed' }, value: 1.5e-7 }],
    );
    assert.deepEqual(
      runs?.samples.map((sample) => [sample.labels.device, 'value' in sample && sample.value]),
      [
        ['eth0', 3],
        ['eth2', 3],
      ],
    );
  });

  it('gives a program the same labels from scrape to scrape', () => {
    const context = contextOf([deviceOf('eth0')], [0]);
    const labels = () => programCost.families({ devices: [BUSY] }, context)[0]?.samples[0]?.labels;
    assert.equal(labels(), labels());
  });
});
