// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLabelCache } from '../../../src/metrics/labels.ts';
import { deviceOf, trafficOf } from './snapshots.ts';

describe('createLabelCache', () => {
  const eth0 = deviceOf('eth0', trafficOf(1));
  const eth1 = deviceOf('eth1', trafficOf(1));

  it('gives a device the same labels every time', () => {
    const label = createLabelCache();
    const [first] = label([eth0]);
    const [, second] = label([eth1, eth0]);
    assert.ok(first !== undefined);
    assert.equal(second?.labels, first.labels);
    assert.equal(second?.labels.cpuAction(3, 2), first.labels.cpuAction(3, 2));
  });

  it('drops the labels of a device that left', () => {
    const label = createLabelCache();
    const [before] = label([eth0, eth1]);
    label([eth1]);
    const [after] = label([eth0, eth1]);
    assert.notEqual(after?.labels, before?.labels);
    assert.deepEqual(after?.labels.device, before?.labels.device);
  });

  it('keeps actions and CPUs apart', () => {
    const [labelled] = createLabelCache()([eth0]);
    const labels = labelled?.labels;
    assert.deepEqual(labels?.device, { device: 'eth0' });
    assert.deepEqual(labels?.actions[1], { device: 'eth0', action: 'drop' });
    assert.deepEqual(labels?.cpuAction(0, 5), { device: 'eth0', cpu: '0', action: 'invalid' });
    assert.deepEqual(labels?.cpuAction(1, 0), { device: 'eth0', cpu: '1', action: 'aborted' });
  });
});
