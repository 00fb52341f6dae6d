// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reportOf } from '../../../../src/cli/top/compare.ts';
import type { Snapshot } from '../../../../src/snapshot/snapshot.ts';
import { DROP, deviceOf, downDevice, PASS, snapshotOf, trafficOf } from './counted.ts';

/** The one device of the report. */
function topOf(before: Snapshot, after: Snapshot) {
  const [device] = reportOf(before, after).devices;
  assert.ok(device !== undefined);
  return device;
}

describe('reportOf', () => {
  const before = snapshotOf(1000, [deviceOf(trafficOf({ [PASS]: 10 }, { [PASS]: 20, [DROP]: 5 }))]);
  const after = snapshotOf(3000, [
    deviceOf(trafficOf({ [PASS]: 110 }, { [PASS]: 220, [DROP]: 15 })),
  ]);

  it('shows totals, and rates over the time between the snapshots', () => {
    const { total, actions, device, up, mode } = topOf(before, after);
    assert.deepEqual({ device, up, mode }, { device: 'eth0', up: true, mode: 'native' });
    assert.deepEqual(total, {
      packets: 345,
      bytes: 34_500,
      packetsPerSecond: 155,
      bytesPerSecond: 15_500,
    });
    assert.deepEqual(
      actions.map(({ action, packets, packetsPerSecond }) => [action, packets, packetsPerSecond]),
      [
        ['aborted', 0, 0],
        ['drop', 15, 5],
        ['pass', 330, 150],
        ['tx', 0, 0],
        ['redirect', 0, 0],
        ['invalid', 0, 0],
      ],
    );
  });

  it('shows every CPU, the first one too', () => {
    const [share0, share1] = [50 / 155, 105 / 155];
    assert.deepEqual(topOf(before, after).cpus, [
      {
        cpu: 0,
        packets: 110,
        bytes: 11_000,
        packetsPerSecond: 50,
        bytesPerSecond: 5_000,
        share: share0,
      },
      {
        cpu: 1,
        packets: 235,
        bytes: 23_500,
        packetsPerSecond: 105,
        bytesPerSecond: 10_500,
        share: share1,
      },
    ]);
  });

  it('follows a CPU by its id, not by its place', () => {
    const withOne = snapshotOf(1000, [deviceOf(trafficOf({ [PASS]: 7 }))], [5]);
    const withTwo = snapshotOf(2000, [deviceOf(trafficOf({ [PASS]: 1 }, { [PASS]: 9 }))], [3, 5]);
    assert.deepEqual(
      topOf(withOne, withTwo).cpus.find(({ cpu }) => cpu === 5),
      { cpu: 5, packets: 9, bytes: 900, packetsPerSecond: 2, bytesPerSecond: 200, share: 1 },
    );
  });

  it('shows no burst on a CPU that came back online with its old counts', () => {
    const offline = snapshotOf(1000, [deviceOf(trafficOf({ [PASS]: 7 }))], [0]);
    const online = snapshotOf(2000, [deviceOf(trafficOf({ [PASS]: 8 }, { [PASS]: 1e9 }))], [0, 1]);
    assert.equal(topOf(offline, online).cpus[1]?.packetsPerSecond, 0);
  });

  it('follows a device by its name', () => {
    const eth1 = deviceOf(trafficOf({ [PASS]: 1000 }), 'eth1');
    const eth0 = (count: number) => deviceOf(trafficOf({ [PASS]: count }), 'eth0');
    const table = reportOf(snapshotOf(0, [eth1, eth0(1)]), snapshotOf(1000, [eth0(4), eth1]));
    assert.deepEqual(
      table.devices.map(({ device, total }) => [device, total.packetsPerSecond]),
      [
        ['eth0', 3],
        ['eth1', 0],
      ],
    );
  });

  it('tells devices of one name apart by their network namespaces', () => {
    const blue = (count: number) =>
      deviceOf(trafficOf({ [PASS]: count }), 'eth0', { netns: 'blue' });
    const host = (count: number) => deviceOf(trafficOf({ [PASS]: count }));
    const table = reportOf(
      snapshotOf(0, [blue(1), host(10)]),
      snapshotOf(1000, [host(30), blue(4)]),
    );
    assert.deepEqual(
      table.devices.map(({ netns, total }) => [netns, total.packetsPerSecond]),
      [
        [undefined, 20],
        ['blue', 3],
      ],
    );
  });

  it('leaves out a device that is not wanted any more, and mixes up no others for it', () => {
    const gone = deviceOf(trafficOf({ [PASS]: 7 }), 'eth0', { wanted: false, up: false });
    const eth1 = (count: number) => deviceOf(trafficOf({ [PASS]: count }), 'eth1');
    const { device, total } = topOf(snapshotOf(0, [eth1(1)]), snapshotOf(1000, [gone, eth1(5)]));
    assert.deepEqual([device, total.packetsPerSecond], ['eth1', 4]);
  });

  it('shows a device that is down, why, and what it counted', () => {
    const down = snapshotOf(3000, [downDevice(trafficOf({ [PASS]: 10 }), 'eth0', 'occupied')]);
    const { up, mode, reason, total } = topOf(before, down);
    assert.deepEqual([up, mode, reason, total.packets], [false, undefined, 'occupied', 10]);
  });

  it('shows zeros for a device that was never attached', () => {
    const never = snapshotOf(3000, [downDevice(undefined, 'eth9')]);
    const { total, cpus } = topOf(before, never);
    assert.deepEqual(Object.values(total), [0, 0, 0, 0]);
    assert.equal(cpus.length, 2);
  });

  it('never shows a rate below zero, nor one of counts from before, where a read failed', () => {
    const failed = snapshotOf(2000, [deviceOf()]);
    assert.equal(topOf(before, failed).total.packetsPerSecond, 0);
    assert.equal(topOf(failed, after).total.packetsPerSecond, 0);
  });

  it('divides by no zero where two snapshots have the same time', () => {
    const { total } = topOf(before, { ...after, monotonicMs: before.monotonicMs });
    assert.ok(Number.isFinite(total.packetsPerSecond));
  });

  it('makes rates of a clock that nobody sets', () => {
    for (const step of [3_600_000, -3_600_000]) {
      const { total } = topOf(before, { ...after, takenAtMs: after.takenAtMs + step });
      assert.equal(total.packetsPerSecond, 155);
    }
  });

  it('has the time of the later snapshot', () => {
    assert.equal(reportOf(before, after).time, '1970-01-01T00:00:03.000Z');
  });

  it('is JSON as it stands', () => {
    const table = reportOf(before, after);
    assert.deepEqual(JSON.parse(JSON.stringify(table)), table);
  });

  it('says how long the interval was, and of one packet in how many records are made', () => {
    assert.equal(reportOf(before, after).intervalSeconds, 2);
    assert.equal(reportOf(before, after).sampleInterval, undefined);
    const logger = {
      devices: [],
      state: { sampleInterval: 8, rings: [], corruptions: { record: 0, position: 0, interval: 0 } },
      readers: { open: 0, rows: 0, missed: 0 },
    };
    assert.equal(reportOf(before, { ...after, parts: { logger } }).sampleInterval, 8);
  });

  it('says whose program is observed, and what of it was missed', () => {
    const program = {
      name: 'xdp_filter',
      id: 7,
      tag: '',
      mode: 'generic',
      role: 'observed',
    } as const;
    const observed = { retargets: 1, missed: 2 };
    const device = deviceOf(trafficOf({}), 'eth0', { program, observed });
    const report = topOf(snapshotOf(0, [device]), snapshotOf(1000, [device]));
    assert.deepEqual(report.program, { role: 'observed', name: 'xdp_filter' });
    assert.equal(report.mode, 'generic');
    assert.deepEqual(report.observed, observed);
  });
});
