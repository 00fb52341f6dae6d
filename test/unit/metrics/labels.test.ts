// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLabelCache, perDevice } from '../../../src/metrics/labels.ts';
import { deviceOf } from '../catalogue/snapshots.ts';

describe('createLabelCache', () => {
  const eth0 = deviceOf('eth0');
  const eth1 = deviceOf('eth1');

  it('gives a device the same labels every time', () => {
    const label = createLabelCache();
    const [first] = label([eth0]);
    const [, second] = label([eth1, { ...eth0, up: false }]);
    assert.ok(first !== undefined);
    assert.equal(second?.labels, first.labels);
    assert.equal(second?.device.up, false);
  });

  it('drops the labels of a device that left', () => {
    const label = createLabelCache();
    const [before] = label([eth0, eth1]);
    label([eth1]);
    const [after] = label([eth0, eth1]);
    assert.notEqual(after?.labels, before?.labels);
    assert.deepEqual(after?.labels, before?.labels);
  });

  it('tells devices of one name apart by their namespaces, and names none for the host', () => {
    const label = createLabelCache();
    const devices = [eth0, deviceOf('eth0', { netns: 'a' }), deviceOf('eth0', { netns: 'b' })];
    const first = label(devices).map(({ labels }) => labels);
    assert.deepEqual(first, [
      { device: 'eth0' },
      { device: 'eth0', netns: 'a' },
      { device: 'eth0', netns: 'b' },
    ]);
    const second = label(devices.toReversed()).map(({ labels }) => labels);
    assert.ok(second.toReversed().every((labels, index) => labels === first[index]));
  });
});

describe('perDevice', () => {
  it('makes what is derived once for each device', () => {
    const derive = perDevice((labels) => ({ ...labels, action: 'pass' }));
    const eth0 = { device: 'eth0' };
    assert.equal(derive(eth0), derive(eth0));
    assert.deepEqual(derive(eth0), { device: 'eth0', action: 'pass' });
    assert.deepEqual(derive({ device: 'eth1' }), { device: 'eth1', action: 'pass' });
  });
});
