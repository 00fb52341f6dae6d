// SPDX-License-Identifier: Apache-2.0
// Alternative names choose a device as its own name does, and are no label.
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { type LastNames, selectDevices } from '../../../src/instruments/selection.ts';
import type { Device } from '../../../src/kernel/device.ts';
import { deviceOf } from './devices.ts';

describe('selectDevices by alternative names', () => {
  let lastNames: LastNames;
  let present: Device[];
  beforeEach(() => {
    lastNames = new Map();
    present = [
      deviceOf('eth0', 2, { altNames: ['wan', 'enp1s0'] }),
      deviceOf('eth1', 3, { altNames: ['lan', 'a-very-long-name-of-a-device'] }),
      deviceOf('lo', 1),
    ];
  });

  const select = (include: readonly string[], exclude: readonly string[] = []) =>
    selectDevices({ include, exclude, defaultRoute: false }, present, () => [], lastNames).names;

  it("gives the kernel's name of the device that has one", () => {
    assert.deepEqual(select(['wan']), ['eth0']);
    assert.deepEqual(select(['a-very-long-name-of-a-device']), ['eth1']);
  });

  it('finds them by globs', () => {
    assert.deepEqual(select(['enp*']), ['eth0']);
    assert.deepEqual(select(['*an']), ['eth0', 'eth1']);
  });

  it('takes a device once that is meant by several of its names', () => {
    assert.deepEqual(select(['wan', 'eth0', 'enp1s0', 'e*']), ['eth0', 'eth1']);
  });

  it('leaves out a device that is excluded by one', () => {
    assert.deepEqual(select(['eth*'], ['wan']), ['eth1']);
    assert.deepEqual(select(['eth*'], ['*lan', 'enp?s?']), []);
    const routes = () => [2, 3];
    const selection = { include: [], exclude: ['lan'], defaultRoute: true };
    assert.deepEqual(selectDevices(selection, present, routes).names, ['eth0']);
  });

  it('goes on to mean the device by its own name while it is away', () => {
    select(['wan']);
    present = present.filter(({ name }) => name !== 'eth0');
    assert.deepEqual(select(['wan']), ['eth0']);
    present = [];
    assert.deepEqual(select(['wan']), ['eth0']);
    present = [deviceOf('eth7', 9, { altNames: ['wan'] })];
    assert.deepEqual(select(['wan']), ['eth7']);
    present = [];
    assert.deepEqual(select(['wan']), ['eth7']);
  });

  it('means nothing that is there where the device has lost it', () => {
    select(['wan']);
    present = [deviceOf('eth0', 2), deviceOf('lo', 1)];
    assert.deepEqual(select(['wan']), ['wan']);
    present = [];
    assert.deepEqual(select(['wan']), ['wan']);
  });

  it('means itself where no device ever had it', () => {
    assert.deepEqual(select(['dmz']), ['dmz']);
    assert.deepEqual(lastNames.size, 0);
  });
});
