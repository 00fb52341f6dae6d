// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DeviceInfos } from '../../../src/engine/device-infos.ts';
import type { Device } from '../../../src/kernel/device.ts';

const HERE = { identity: 'own' };

function deviceOf(name: string, ifindex: number, mtu = 1500): Device {
  const xdp = { native: 0, generic: 0, offload: 0 };
  return { name, ifindex, mtu, altNames: [], linkType: 1, xdp };
}

function setUp() {
  const asked: string[] = [];
  const drivers = new Map<string, string>();
  let pauses = 0;
  const infos = new DeviceInfos(
    {
      deviceInfo({ name, mtu }) {
        asked.push(name);
        return { driver: drivers.get(name) ?? 'fake', mtu };
      },
    },
    () => pauses++,
  );
  return { infos, drivers, pauses: () => pauses, asked: () => asked.splice(0) };
}

const many = (count: number) => Array.from({ length: count }, (_, index) => `eth${index}`);

describe('DeviceInfos', () => {
  it('knows what is wanted and there, and nothing else', () => {
    const { infos, asked } = setUp();
    infos.look(HERE, [deviceOf('eth0', 2), deviceOf('eth1', 3)], ['eth1', 'eth9']);
    assert.deepEqual(infos.of({ name: 'eth1' }), { driver: 'fake', mtu: 1500 });
    assert.equal(infos.of({ name: 'eth0' }), undefined);
    assert.equal(infos.of({ name: 'eth9' }), undefined);
    assert.deepEqual(asked(), ['eth1']);
  });

  it('knows a new MTU, another device of the name, and another answer with the next look', () => {
    const { infos, drivers } = setUp();
    infos.look(HERE, [deviceOf('eth0', 2)], ['eth0']);
    infos.look(HERE, [deviceOf('eth0', 2, 9000)], ['eth0']);
    assert.equal(infos.of({ name: 'eth0' })?.mtu, 9000);
    drivers.set('eth0', 'other');
    infos.look(HERE, [deviceOf('eth0', 2, 9000)], ['eth0']);
    assert.equal(infos.of({ name: 'eth0' })?.driver, 'other');
  });

  it('asks hundreds at once when they are new, and then sixteen a look, each in its turn', () => {
    const { infos, asked, pauses } = setUp();
    const names = many(255);
    const devices = names.map((name, index) => deviceOf(name, index + 1));
    infos.look(HERE, devices, names);
    assert.deepEqual(asked(), names);
    assert.equal(pauses(), 255);
    const again = Array.from({ length: 16 }, () => {
      infos.look(HERE, devices, names);
      return asked();
    });
    assert.ok(again.every(({ length }) => length === 16));
    assert.deepEqual(again.flat().slice(0, 255), names);
    assert.ok(names.every((name) => infos.of({ name }) !== undefined));
  });

  it('asks no more again once it took long, and begins with the next ones at the next look', (t) => {
    const { infos, asked } = setUp();
    const names = many(4);
    const devices = names.map((name, index) => deviceOf(name, index + 1));
    infos.look(HERE, devices, names);
    asked();
    let nowMs = 0;
    t.mock.method(performance, 'now', () => {
      nowMs += 2;
      return nowMs;
    });
    infos.look(HERE, devices, names);
    infos.look(HERE, devices, names);
    assert.deepEqual(asked(), ['eth0', 'eth1', 'eth2', 'eth3']);
  });

  it('asks one whose MTU has changed at once, however many there are', () => {
    const { infos, asked } = setUp();
    const names = many(100);
    const devices = names.map((name, index) => deviceOf(name, index + 1));
    infos.look(HERE, devices, names);
    asked();
    infos.look(HERE, [...devices.slice(0, 99), deviceOf('eth99', 100, 9000)], names);
    assert.equal(infos.of({ name: 'eth99' })?.mtu, 9000);
    assert.equal(asked().length, 17);
  });

  it('forgets a device that is gone, and one that nobody wants', () => {
    const { infos } = setUp();
    infos.look(HERE, [deviceOf('eth0', 2), deviceOf('eth1', 3)], ['eth0', 'eth1']);
    infos.look(HERE, [deviceOf('eth1', 3)], ['eth0']);
    assert.equal(infos.of({ name: 'eth0' }), undefined);
    assert.equal(infos.of({ name: 'eth1' }), undefined);
  });

  it('tells namespaces apart, and forgets one that is not there any more', () => {
    const { infos, drivers } = setUp();
    const blue = { netns: 'blue', identity: '7' };
    infos.look(blue, [deviceOf('eth0', 2)], ['eth0']);
    drivers.set('eth0', 'other');
    infos.look(HERE, [deviceOf('eth0', 2)], ['eth0']);
    infos.keep([HERE, blue]);
    assert.equal(infos.of({ netns: 'blue', name: 'eth0' })?.driver, 'fake');
    assert.equal(infos.of({ name: 'eth0' })?.driver, 'other');
    infos.keep([HERE, { netns: 'blue', identity: undefined }]);
    assert.equal(infos.of({ netns: 'blue', name: 'eth0' }), undefined);
    assert.equal(infos.of({ name: 'eth0' })?.driver, 'other');
  });
});
