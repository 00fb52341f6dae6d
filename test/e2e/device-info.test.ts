// SPDX-License-Identifier: Apache-2.0
// What a device is, as labels: another series when it changes, within moments of the change.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { readSamples } from './support/exposition.ts';
import { run, until } from './support/namespace.ts';

describe('xdp_device_info', { skip: skipUnlessRoot }, () => {
  let lab: Lab;
  let exporter: ExporterProcess;

  before(async () => {
    lab = await createLab({ name: 'info' });
    const { netns, device } = lab.rx;
    exporter = await ExporterProcess.start(['--netns', netns, '--device', device]);
  });
  after(async () => {
    await exporter?.close();
    await lab?.close();
  });

  async function samplesOf(wanted: string) {
    const samples = readSamples(await exporter.get('metrics'));
    return samples.filter(({ name }) => name === wanted);
  }

  test('has driver, MTU and speed of a veth in another namespace, and its speed in bytes', async () => {
    const [info, ...others] = await samplesOf('xdp_device_info');
    assert.equal(others.length, 0);
    assert.equal(info?.value, 1);
    const { rx_queues, ...labels } = info?.labels ?? {};
    const { device } = lab.rx;
    assert.deepEqual(labels, { device, driver: 'veth', mtu: '1500', speed: '10000' });
    assert.match(rx_queues ?? '?', /^\d*$/);
    const speeds = await samplesOf('xdp_device_speed_bytes');
    assert.deepEqual(speeds, [
      { name: 'xdp_device_speed_bytes', labels: { device }, value: 1.25e9 },
    ]);
  });

  test('has another series, and only that, when the MTU is another', async () => {
    const { netns, device } = lab.rx;
    await run('ip', '-n', netns, 'link', 'set', device, 'mtu', '1400');
    await until('the MTU is the new one', async () => {
      const infos = await samplesOf('xdp_device_info');
      assert.equal(infos.length, 1);
      return infos[0]?.labels['mtu'] === '1400';
    });
  });
});
