// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { formatTop, topTable } from '../../../src/cli/top-table.ts';
import type { Traffic } from '../../../src/collectors/traffic/read.ts';
import type { DeviceSnapshot } from '../../../src/snapshot/device.ts';
import { ACTIONS } from '../../../src/snapshot/packet-class.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';

const DROP = 1;
const PASS = 2;

/** Packets by CPU row and action; bytes are a hundred times that. */
function trafficOf(...rows: readonly Readonly<Record<number, number>>[]): Traffic {
  const cells = rows.flatMap((row) => ACTIONS.map((_, action) => row[action] ?? 0));
  const cpuPackets = Float64Array.from(cells);
  const packets = Float64Array.from(ACTIONS, (_, action) =>
    rows.reduce((sum, row) => sum + (row[action] ?? 0), 0),
  );
  const toBytes = (count: number) => count * 100;
  return { packets, bytes: packets.map(toBytes), cpuPackets, cpuBytes: cpuPackets.map(toBytes) };
}

/** A device and what was counted on it. */
interface Counted {
  readonly device: DeviceSnapshot;
  readonly traffic: Traffic | undefined;
}

function deviceOf(traffic?: Traffic, name = 'eth0', given: Partial<DeviceSnapshot> = {}): Counted {
  const program = {
    name: 'xdp_exporter',
    id: 1,
    tag: 'feedface',
    mode: 'native',
    role: 'attached',
  } as const;
  const up = { wanted: true, up: true, counted: traffic !== undefined, program };
  return { device: { name, ...up, ...given }, traffic };
}

function downDevice(traffic?: Traffic, name = 'eth0', reason?: 'occupied'): Counted {
  const { device } = deviceOf(traffic, name);
  const { program: _, ...rest } = device;
  return { device: { ...rest, up: false, ...(reason && { reason }) }, traffic };
}

function snapshotOf(monotonicMs: number, counted: readonly Counted[], cpus = [0, 1]): Snapshot {
  return {
    takenAtMs: monotonicMs,
    monotonicMs,
    startedAtMs: 0,
    cpus,
    devices: counted.map(({ device }) => device),
    parts: { traffic: counted.map(({ traffic }) => traffic) },
    collectors: [],
  };
}

/** The one device of the table. */
function topOf(before: Snapshot, after: Snapshot) {
  const [device] = topTable(before, after).devices;
  assert.ok(device !== undefined);
  return device;
}

describe('topTable', () => {
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
    assert.deepEqual(topOf(before, after).cpus, [
      { cpu: 0, packets: 110, bytes: 11_000, packetsPerSecond: 50, bytesPerSecond: 5_000 },
      { cpu: 1, packets: 235, bytes: 23_500, packetsPerSecond: 105, bytesPerSecond: 10_500 },
    ]);
  });

  it('follows a CPU by its id, not by its place', () => {
    const withOne = snapshotOf(1000, [deviceOf(trafficOf({ [PASS]: 7 }))], [5]);
    const withTwo = snapshotOf(2000, [deviceOf(trafficOf({ [PASS]: 1 }, { [PASS]: 9 }))], [3, 5]);
    assert.deepEqual(
      topOf(withOne, withTwo).cpus.find(({ cpu }) => cpu === 5),
      { cpu: 5, packets: 9, bytes: 900, packetsPerSecond: 2, bytesPerSecond: 200 },
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
    const table = topTable(snapshotOf(0, [eth1, eth0(1)]), snapshotOf(1000, [eth0(4), eth1]));
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
    const table = topTable(
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
    assert.equal(topTable(before, after).time, '1970-01-01T00:00:03.000Z');
  });

  it('is JSON as it stands', () => {
    const table = topTable(before, after);
    assert.deepEqual(JSON.parse(JSON.stringify(table)), table);
  });
});

describe('formatTop', () => {
  const before = snapshotOf(1000, [deviceOf(trafficOf({}))], [0]);
  const table = (device: Counted) => topTable(before, snapshotOf(2000, [device], [0]));

  it('prints a head and a line for each action, CPU and the total', () => {
    assert.equal(
      formatTop(table(deviceOf(trafficOf({ [PASS]: 1_234_567 })))),
      `1970-01-01T00:00:02.000Z  eth0  native
              PACKETS    PACKETS/S        BYTES      BYTES/S
aborted             0            0            0            0
drop                0            0            0            0
pass          1234567      1234567    123456700    123456700
tx                  0            0            0            0
redirect            0            0            0            0
invalid             0            0            0            0
cpu 0         1234567      1234567    123456700    123456700
total         1234567      1234567    123456700    123456700
`,
    );
  });

  it('keeps large numbers whole and the columns apart', () => {
    const text = formatTop(table(deviceOf(trafficOf({ [PASS]: 2 ** 50 }))));
    const widths = text
      .trimEnd()
      .split('\n')
      .slice(1)
      .map((line) => line.length);
    assert.equal(new Set(widths).size, 1);
    assert.match(text, /^total +1125899906842624 +1125899906842624 +112589990684262400 +\d+$/m);
  });

  it('says that a device is down, and why', () => {
    assert.match(formatTop(table(downDevice(undefined, 'eth0'))), /^\S+ {2}eth0 {2}down\n/);
    const occupied = table(downDevice(undefined, 'eth0', 'occupied'));
    assert.match(formatTop(occupied), /^\S+ {2}eth0 {2}down \(occupied\)\n/);
  });

  it('says which network namespace a device is in', () => {
    const blue = table(deviceOf(trafficOf({}), 'eth0', { netns: 'blue' }));
    assert.match(formatTop(blue), /^\S+ {2}eth0 in blue {2}native\n/);
  });

  it('prints the devices one below the other', () => {
    const devices = [deviceOf(trafficOf({}), 'eth0'), deviceOf(trafficOf({}), 'eth1')];
    const text = formatTop(topTable(before, snapshotOf(2000, devices, [0])));
    assert.deepEqual(
      text.split('\n').filter((line) => line.includes('eth')),
      ['1970-01-01T00:00:02.000Z  eth0  native', '1970-01-01T00:00:02.000Z  eth1  native'],
    );
    assert.equal(formatTop({ time: '', devices: [] }), '');
  });

  it('lets no name control the terminal or forge a line', () => {
    const hostile = '\u001b[2J\u009b31m\u0007\r\n\u2028ünïcode';
    const text = formatTop(table(deviceOf(trafficOf({}), hostile, { netns: hostile })));
    assert.match(text.replaceAll('\n', ''), /^[\x20-\x7e]*$/);
    assert.equal(text.split('\n').length, 11);
  });
});
