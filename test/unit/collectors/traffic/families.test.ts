// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { trafficFamilies } from '../../../../src/collectors/traffic/families.ts';
import type { Traffic } from '../../../../src/collectors/traffic/read.ts';
import { contextOf, deviceOf, samplesOf, trafficOf } from '../../catalogue/snapshots.ts';

function familiesOf(traffic: Traffic, cpus: readonly number[] = [0, 1]) {
  return trafficFamilies([traffic], contextOf([deviceOf('eth0')], cpus));
}

describe('trafficFamilies', () => {
  it('shows all six actions of a device, those never seen as zero', () => {
    const families = familiesOf(trafficOf(2, [2]));
    assert.deepEqual(samplesOf(families, 'xdp_packets_total'), [
      { labels: { device: 'eth0', action: 'aborted' }, value: 0 },
      { labels: { device: 'eth0', action: 'drop' }, value: 0 },
      { labels: { device: 'eth0', action: 'pass' }, value: 16 },
      { labels: { device: 'eth0', action: 'tx' }, value: 0 },
      { labels: { device: 'eth0', action: 'redirect' }, value: 0 },
      { labels: { device: 'eth0', action: 'invalid' }, value: 0 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_bytes_total')[2], {
      labels: { device: 'eth0', action: 'pass' },
      value: 1600,
    });
  });

  it('shows per CPU, CPU 0 among them, only the actions that the device has seen', () => {
    const families = familiesOf(trafficOf(2, [1, 5]), [0, 7]);
    assert.deepEqual(samplesOf(families, 'xdp_cpu_packets_total'), [
      { labels: { device: 'eth0', action: 'drop', cpu: '0' }, value: 2 },
      { labels: { device: 'eth0', action: 'invalid', cpu: '0' }, value: 6 },
      { labels: { device: 'eth0', action: 'drop', cpu: '7' }, value: 12 },
      { labels: { device: 'eth0', action: 'invalid', cpu: '7' }, value: 16 },
    ]);
  });

  it('shows an idle CPU as zero where another one has seen the action', () => {
    const idle = { ...trafficOf(1), cpuPackets: new Float64Array(12) };
    assert.deepEqual(samplesOf(familiesOf(idle), 'xdp_cpu_packets_total'), [
      { labels: { device: 'eth0', action: 'pass', cpu: '0' }, value: 0 },
      { labels: { device: 'eth0', action: 'pass', cpu: '1' }, value: 0 },
    ]);
  });

  it('tells devices of the same name apart by their network namespaces', () => {
    const devices = [deviceOf('eth0'), deviceOf('eth0', { netns: 'blue' })];
    const part = [trafficOf(1, [1]), trafficOf(1, [2])];
    const families = trafficFamilies(part, contextOf(devices, [3]));
    assert.deepEqual(samplesOf(families, 'xdp_cpu_packets_total'), [
      { labels: { device: 'eth0', action: 'drop', cpu: '3' }, value: 2 },
      { labels: { device: 'eth0', netns: 'blue', action: 'pass', cpu: '3' }, value: 3 },
    ]);
    assert.deepEqual(samplesOf(families, 'xdp_packets_total')[8], {
      labels: { device: 'eth0', netns: 'blue', action: 'pass' },
      value: 3,
    });
  });

  it('leaves out devices that were never counted, and takes no other one’s counts for them', () => {
    const devices = [deviceOf('a'), deviceOf('b'), deviceOf('c')];
    const part = [undefined, trafficOf(1), undefined];
    const shown = JSON.stringify(trafficFamilies(part, contextOf(devices, [0])));
    assert.ok(shown.includes('"device":"b"'));
    assert.doesNotMatch(shown, /"device":"[ac]"/);
  });

  it('counts since the device was first attached', () => {
    const device = deviceOf('eth0', { startedAtMs: 1234 });
    for (const { samples } of trafficFamilies([trafficOf(2)], contextOf([device]))) {
      assert.ok(samples.length > 0);
      for (const { startedAtMs } of samples) {
        assert.equal(startedAtMs, 1234);
      }
    }
  });
});
