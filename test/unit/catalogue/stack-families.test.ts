// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { stackFamily } from '../../../src/catalogue/stack-families.ts';
import { createLabelCache } from '../../../src/metrics/labels.ts';
import { absentDevice, deviceOf } from './snapshots.ts';

describe('stackFamily', () => {
  it('names what is counted below a device, where both are up and in one namespace', () => {
    const devices = [
      deviceOf('bond0', { lower: ['eth0', 'eth1', 'eth2'] }),
      deviceOf('eth0'),
      absentDevice('eth1'),
      deviceOf('eth2', { netns: 'blue' }),
      { ...absentDevice('br0'), lower: ['eth0'] },
    ];
    assert.deepEqual(stackFamily(createLabelCache()(devices)).samples, [
      { labels: { device: 'bond0', lower: 'eth0' }, value: 1 },
    ]);
  });

  it('gives a pair the same labels from snapshot to snapshot', () => {
    const label = createLabelCache();
    const devices = [deviceOf('bond0', { lower: ['eth0'] }), deviceOf('eth0')];
    const [first, second] = [1, 2].map(() => stackFamily(label(devices)).samples[0]?.labels);
    assert.ok(first !== undefined && first === second);
  });
});
