// SPDX-License-Identifier: Apache-2.0
// What drivers say of real devices in another network namespace, and what it takes to ask them.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { listDevices } from '../../src/kernel/device.ts';
import { readDeviceInfo } from '../../src/kernel/ethtool.ts';
import { withinNamespace } from '../../src/kernel/net-namespace.ts';
import type { DeviceInfo } from '../../src/snapshot/device.ts';
import { skipUnlessRoot } from './support/root.ts';
import { ThrowawayNetns } from './support/throwaway-netns.ts';

describe('readDeviceInfo', { skip: skipUnlessRoot }, () => {
  let netns: ThrowawayNetns;
  beforeEach(() => {
    netns = new ThrowawayNetns();
  });
  afterEach(() => netns.delete());

  const infos = () =>
    withinNamespace(
      netns.path,
      () => new Map(listDevices().map((device) => [device.name, readDeviceInfo(device)])),
    );
  /** Not every kernel's veth counts its channels. */
  const withoutQueues = ({ rxQueues: _, ...others }: DeviceInfo = { driver: '?', mtu: 0 }) =>
    others;

  it('knows driver, MTU, speed and queues of a veth, also under an odd name', () => {
    netns.bash(`ip link add name $'et\\xffh' mtu 4000 numrxqueues 3 type veth peer name v1`);
    const [[name, info] = assert.fail('no device')] = [...infos()].filter(([each]) =>
      each.startsWith('et'),
    );
    assert.match(name, /^et\ufffdh#\d+$/);
    assert.deepEqual(withoutQueues(info), { driver: 'veth', mtu: 4000, speedMbps: 10_000 });
    assert.ok([3, undefined].includes(info?.rxQueues), `${info?.rxQueues} queues`);
  });

  it('knows those of a tun device, and a speed that was set', () => {
    netns.ip('tuntap add mode tun name tun0');
    const told = withoutQueues(infos().get('tun0'));
    assert.deepEqual(told, { driver: 'tun', mtu: 1500, speedMbps: 10_000 });
    netns.bash('ethtool -s tun0 speed 2500');
    assert.equal(infos().get('tun0')?.speedMbps, 2_500);
  });

  it('leaves out what lo and a bridge without ports do not say', () => {
    netns.ip('link add br0 type bridge');
    assert.deepEqual(infos().get('lo'), { driver: '', mtu: 65_536 });
    assert.deepEqual(infos().get('br0'), { driver: 'bridge', mtu: 1500 });
  });

  it('says nothing of a device that has gone since it was listed', () => {
    netns.ip('link add br0 type bridge');
    const device = withinNamespace(netns.path, listDevices).find(({ name }) => name === 'br0');
    netns.ip('link del br0');
    assert.ok(device !== undefined);
    const info = withinNamespace(netns.path, () => readDeviceInfo(device));
    assert.deepEqual(info, { driver: '', mtu: 1500 });
  });
});
