// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Parts } from '../../../src/collectors/list.ts';
import { isSequel, type Look, lookAt } from '../../../src/page/look.ts';
import { lostRate, rowsOf, type TableName } from '../../../src/page/rows.ts';
import { deviceKey } from '../../../src/snapshot/device.ts';
import { type JsonSnapshot, snapshotToJson } from '../../../src/snapshot/json.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import {
  absentDevice,
  deviceOf,
  packetSizesOf,
  snapshotOf,
  trafficOf,
} from '../catalogue/snapshots.ts';

const DEVICES = [deviceOf('eth0'), deviceOf('eth0', { netns: 'blue' }), absentDevice('<script>"')];

/** Two devices alike, which had `packets` of everything. */
function partsOf(packets: number): Parts {
  const traffic = trafficOf(2, [1, 2]);
  const scaled = (counts: Float64Array) => counts.map((count) => packets * count);
  const outcomes = {
    decoded: packets,
    sampledOut: 0,
    ringFull: packets / 2,
    noRing: 0,
    noEntry: 0,
  };
  const twice = <Part>(part: Part) => [part, part, undefined];
  return {
    traffic: twice({
      packets: scaled(traffic.packets),
      bytes: scaled(traffic.bytes),
      cpuPackets: scaled(traffic.cpuPackets),
      cpuBytes: scaled(traffic.cpuBytes),
    }),
    packet_sizes: twice({ packets: scaled(packetSizesOf().packets), bytes: 0 }),
    protocols: twice({
      packets: new Float64Array(15).fill(packets),
      bytes: new Float64Array(15).fill(100 * packets),
      malformed: new Float64Array(8),
    }),
    sources: twice({
      series: [
        { key: '192.0.2.1', packets, bytes: 100 * packets, startedAtMs: 0 },
        { key: '2001:db8::1', packets: 3 * packets, bytes: 100 * packets, startedAtMs: 0 },
      ],
      other: { packets: 10 * packets, bytes: 1000 * packets },
      tracked: 2,
      evicted: 0,
    }),
    logger: {
      devices: twice({ ...outcomes, pending: 0 }),
      readers: { open: 0, rows: 0, missed: 0 },
      state: { sampleInterval: 1, rings: [], corruptions: { record: 0, position: 0, interval: 0 } },
    },
  };
}

function at(monotonicMs: number, packets: number, given: Partial<Snapshot> = {}): JsonSnapshot {
  return JSON.parse(
    snapshotToJson({ ...snapshotOf(DEVICES, partsOf(packets)), monotonicMs, ...given }),
  );
}

/** 100 units of packets in 2 s. */
const [BEFORE, AFTER] = [at(5_000, 100), at(7_000, 200)];

describe('lookAt', () => {
  const rates = (look: Look, list: keyof Look) =>
    Object.fromEntries(look[list].map(({ key, packetRate }) => [key, packetRate]));

  it('makes rates of what was counted between the two, of all devices together', () => {
    const look = lookAt(BEFORE, AFTER, '');
    // Of the CPUs' rows, 10 more packets on the second: 2 + 12 dropped, 3 + 13 passed, on two devices.
    assert.deepEqual(rates(look, 'actions'), {
      ...{ aborted: 0, drop: 1400, pass: 1600, tx: 0, redirect: 0, invalid: 0 },
    });
    assert.deepEqual(rates(look, 'cpus'), { 0: 500, 1: 2500 });
    assert.deepEqual(rates(look, 'sources'), { '192.0.2.1': 100, '2001:db8::1': 300, other: 1000 });
    assert.equal(rates(look, 'protocols')['ipv6 udp'], 100);
    assert.equal(rates(look, 'protocols')['not IP'], 500);
    // Slots 0 to 6 of the kernel's are one: 2^7 - 1 packets for each.
    assert.equal(rates(look, 'sizes')['0–64'], 12_700);
    assert.equal(lostRate(look), 50);
  });

  it('has the totals of the newer one, bits, and shares of the packets in between', () => {
    const [, drop, pass] = lookAt(BEFORE, AFTER, '').actions;
    assert.deepEqual(drop, {
      ...{ key: 'drop', packets: 5600, bytes: 560_000, packetRate: 1400, bitRate: 1_120_000 },
      share: 1400 / 3000,
    });
    assert.equal(pass?.share, 1600 / 3000);
  });

  it('looks at one device alone, but lists them all', () => {
    const look = lookAt(BEFORE, AFTER, deviceKey({ name: 'eth0', netns: 'blue' }));
    assert.equal(rates(look, 'actions')['drop'], 700);
    assert.deepEqual(Object.values(rates(look, 'devices')), [1500, 1500, 0]);
    assert.deepEqual(lookAt(BEFORE, AFTER, deviceKey(absentDevice('<script>"'))).actions, []);
  });

  it('counts what is new from zero, and says nothing of what went back', () => {
    const nothing = at(5_000, 100, { parts: {} });
    assert.equal(rates(lookAt(nothing, AFTER, ''), 'sources')['192.0.2.1'], 200);
    assert.equal(
      rates(
        lookAt({ ...AFTER, monotonicMs: 5_000 }, { ...BEFORE, monotonicMs: 7_000 }, ''),
        'cpus',
      )['1'],
      0,
    );
  });
});

describe('isSequel', () => {
  it('is false where an engine began anew, and where time does not go on', () => {
    assert.equal(isSequel(BEFORE, AFTER), true);
    assert.equal(isSequel(BEFORE, { ...AFTER, startedAtMs: 1 }), false);
    assert.equal(isSequel(AFTER, BEFORE), false);
    assert.equal(isSequel(AFTER, AFTER), false);
  });
});

describe('rowsOf', () => {
  const ALL = [0, 1, 2];
  const rows = rowsOf(lookAt(BEFORE, AFTER, ''), AFTER, ALL);
  const names = (list: TableName) => rows[list].map(([name]) => name);

  it('leaves out what was never seen', () => {
    assert.deepEqual(names('actions'), [
      { text: 'drop', colour: 'drop' },
      { text: 'pass', colour: 'pass' },
    ]);
    assert.ok(!names('outcomes').includes('lost: entry not seen'));
    assert.equal(names('outcomes').length, 5);
  });

  it('has the largest source first, and all others last', () => {
    assert.deepEqual(names('sources'), ['2001:db8::1', '192.0.2.1', 'other']);
  });

  it('has ten ports at most, and all others last', () => {
    const series = Array.from({ length: 12 }, (_, index) => ({
      ...{ key: `udp/${index}`, packets: 100 * index, bytes: 0, startedAtMs: 0 },
    }));
    const list = { series, other: { packets: 1, bytes: 8 }, tracked: 12, evicted: 0 };
    const snapshot = at(7_000, 1, { parts: { ports: [list, undefined, undefined] } });
    const { ports, destinations } = rowsOf(lookAt(BEFORE, snapshot, ''), snapshot, ALL);
    assert.equal(ports.length, 11);
    assert.equal(ports[0]?.[0], 'udp/11');
    assert.equal(ports[10]?.[0], 'other');
    assert.deepEqual(destinations, []);
  });

  it('has flags of TCP that were seen, and queues where there are several', () => {
    const flags = { packets: Float64Array.of(0, 500, 0, 20, 0) };
    const one = { packets: Float64Array.of(500), other: 0 };
    const several = { packets: Float64Array.of(500, 0, 20), other: 4 };
    const withQueues = (queues: typeof one) => {
      const parts = { tcp: [flags, undefined, undefined], queues: [queues, undefined, undefined] };
      const snapshot = at(7_000, 1, { parts });
      const table = rowsOf(lookAt(BEFORE, snapshot, ''), snapshot, ALL);
      return [table.flags, table.queues].map((each) => each.map(([name]) => name));
    };
    assert.deepEqual(withQueues(several), [
      ['syn', 'rst'],
      ['0', '2', 'other'],
    ]);
    assert.deepEqual(withQueues(one)[1], []);
  });

  it('has the largest peak of any of the devices, and what rate it would be', () => {
    const peaks = [
      { '10ms': { packets: 20_000, bytes: 1_000 }, '1s': { packets: 20_100, bytes: 1_000 } },
      { '10ms': { packets: 7, bytes: 2_000 }, '1s': { packets: 30_000, bytes: 3_000 } },
      undefined,
    ];
    const snapshot = at(7_000, 1, { parts: { peaks } });
    const peaksOf = (selected: readonly number[]) =>
      rowsOf(lookAt(BEFORE, snapshot, ''), snapshot, selected).peaks;
    assert.deepEqual(peaksOf(ALL), [
      ['10 ms', '20,000', '2.00 M', '1.60 M'],
      ['1 s', '30,000', '30.0 k', '24.0 k'],
    ]);
    assert.deepEqual(peaksOf([1])[0], ['10 ms', '7', '700', '1.60 M']);
    assert.deepEqual(peaksOf([2]), []);
  });

  it('says of each device how it stands, with its name as it is', () => {
    assert.deepEqual(rows.devices[1], [
      ...['eth0 in blue', 'counted', 'xdp_exporter (attached, id 42)', 'native'],
      ...['1.50 k', '1.20 M', '6,000'],
    ]);
    assert.deepEqual(rows.devices[2], [
      ...['<script>"', 'down, absent: no such device', 'none', 'none'],
      ...['0', '0', '0'],
    ]);
  });

  it('says of a device that nobody wants any more neither', () => {
    const devices = [deviceOf('eth0', { wanted: false, up: false })];
    const snapshot = at(7_000, 1, { devices });
    assert.equal(
      rowsOf(lookAt(BEFORE, snapshot, ''), snapshot, ALL).devices[0]?.[1],
      'not asked for any more',
    );
  });

  it('has no row where a part is missing', () => {
    const snapshot = at(7_000, 1, { parts: {} });
    const { actions, sources, ports, peaks, outcomes } = rowsOf(
      lookAt(BEFORE, snapshot, ''),
      snapshot,
      ALL,
    );
    assert.deepEqual([actions, sources, ports, peaks, outcomes], [[], [], [], [], []]);
  });
});
