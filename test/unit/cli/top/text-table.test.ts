// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reportOf } from '../../../../src/cli/top/compare.ts';
import { formatReport } from '../../../../src/cli/top/text-table.ts';
import {
  type Counted,
  DROP,
  deviceOf,
  downDevice,
  PASS,
  snapshotOf,
  trafficOf,
} from './counted.ts';
import { sceneAt } from './scene.ts';

const idle = snapshotOf(1000, [deviceOf(trafficOf({}, {}))]);

/** The table of the second after nothing had come. */
function tableOf(...devices: readonly Counted[]): string {
  return formatReport(reportOf(idle, snapshotOf(2000, devices)));
}

describe('formatReport', () => {
  it('has a row for what ever had a packet, and none for the rest', () => {
    assert.equal(
      tableOf(deviceOf(trafficOf({ [PASS]: 1_234_567 }, {}))),
      `1970-01-01T00:00:02.000Z  eth0  native
ACTION               PACKETS/S     BITS/S     SHARE       PACKETS            BYTES
pass                     1.23M       988M    100.0%       1234567        123456700
CPU                  PACKETS/S     BITS/S     SHARE       PACKETS            BYTES
cpu 0                    1.23M       988M    100.0%       1234567        123456700
`,
    );
  });

  it('keeps a row that had packets before, also while it has none', () => {
    const device = deviceOf(trafficOf({ [PASS]: 5, [DROP]: 7 }));
    const table = formatReport(reportOf(snapshotOf(0, [device]), snapshotOf(1000, [device])));
    assert.match(table, /^drop +0 +0 +0\.0% +7 +700$/m);
  });

  it('says where nothing has come yet', () => {
    assert.match(tableOf(deviceOf(trafficOf({}))), /^\S+ {2}eth0 {2}native\nno packets yet\n$/);
  });

  it('shows protocols, sizes, sources and the records, each of which is a number to check', () => {
    const table = formatReport(reportOf(sceneAt(44), sceneAt(45)));
    const [eth0 = '', lo = '', eth1 = ''] = table.split('\n\n');
    assert.match(eth0, /^\S+ {2}eth0 {2}observes xdp_filter$/m);
    assert.match(eth0, /^ipv4 udp +600K +480M +99\.5% +10800000 +1080000000$/m);
    assert.match(eth0, /^malformed +1 +45$/m);
    assert.match(eth0, /^65-128 B +600K +99\.5% +10800000$/m);
    assert.match(eth0, /^203\.0\.113\.66 +500K /m);
    assert.match(eth0, /^2001:db8:1234:5678:9abc:def0:1234:5678 +40\.0K /m);
    assert.match(eth0, /^other +/m);
    assert.match(
      eth0,
      /^RECORDS {2}read \d+, sampled out 180000, lost 3, pending 12, missed 0; 1 in 1\.02: lists, queues estimated$/m,
    );
    assert.doesNotMatch(lo, /SOURCE|RECORDS/);
    assert.match(eth1, /^\S+ {2}eth1 {2}down: occupied\nno packets yet$/m);
  });

  it('calls no list an estimate that is none', () => {
    const scene = { sampledOut: 0 };
    const table = formatReport(reportOf(sceneAt(44, scene), sceneAt(45, scene)));
    assert.match(table, /^RECORDS {2}read \d+, sampled out 0, lost 3, pending 12, missed 0$/m);
  });

  it('keeps large numbers whole and the columns apart', () => {
    const table = tableOf(deviceOf(trafficOf({ [PASS]: 2 ** 50 })));
    assert.match(table, /^pass +1\.13P +901P +100\.0% +1125899906842624 {2}112589990684262400$/m);
    const widths = table
      .trimEnd()
      .split('\n')
      .slice(1)
      .map(({ length }) => length);
    assert.equal(new Set(widths).size, 1);
  });

  it('has rows for the sixteen busiest CPUs, by their id, and one for all others', () => {
    const cpus = Array.from({ length: 40 }, (_, cpu) => cpu);
    const device = (factor: number) =>
      deviceOf(trafficOf(...cpus.map((cpu) => ({ [PASS]: cpu < 20 ? 0 : factor * cpu }))));
    const table = formatReport(
      reportOf(snapshotOf(0, [device(0)], cpus), snapshotOf(1000, [device(1)], cpus)),
    );
    const rows = table.split('\n').filter((row) => /^cpu |others/.test(row));
    assert.deepEqual(
      rows.map((row) => row.slice(0, 8).trim()),
      [...cpus.slice(24).map((cpu) => `cpu ${cpu}`), '4 others'],
    );
    assert.match(rows.at(-1) ?? '', /^4 others +86 +68\.8K +14\.6% +86 +8600$/);
  });

  it('says that a device is down, and why, and in which network namespace it is', () => {
    assert.match(tableOf(downDevice(undefined, 'eth0')), /^\S+ {2}eth0 {2}down\n/);
    assert.match(tableOf(downDevice(undefined, 'eth0', 'occupied')), /eth0 {2}down: occupied\n/);
    assert.match(tableOf(deviceOf(trafficOf({}), 'eth0', { netns: 'blue' })), /eth0 in blue {2}/);
  });

  it('lets no name control the terminal or forge a line', () => {
    const hostile = '\u001b[2J\u009b31m\u0007\r\n\u2028ünïcode';
    const program = { name: hostile, id: 7, tag: '', mode: 'generic', role: 'observed' } as const;
    const table = tableOf(deviceOf(trafficOf({ [PASS]: 1 }), hostile, { netns: hostile, program }));
    assert.match(table.replaceAll('\n', ''), /^[\x20-\x7e]*$/);
    assert.equal(table.split('\n').length, 6);
  });

  it('is empty where no device is wanted', () => {
    assert.equal(formatReport({ time: '', intervalSeconds: 1, devices: [] }), '');
  });
});
