// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { reportOf } from '../../../../src/cli/top/compare.ts';
import type { Parts } from '../../../../src/collectors/list.ts';
import { deviceOf, snapshotOf, trafficOf } from './counted.ts';

const NONE = { record: 0, position: 0, interval: 0 };

/** A report of one device over a second, whose other parts were these. */
function partsOf(before: Parts, after: Parts) {
  const device = deviceOf(trafficOf({}));
  const [report] = reportOf(
    snapshotOf(0, [device], [0], before),
    snapshotOf(1000, [device], [0], after),
  ).devices;
  assert.ok(report !== undefined);
  return report;
}

describe('reportOf, of a top list', () => {
  const listed = (other: number, ...packets: readonly (readonly [string, number, number?])[]) => ({
    sources: [
      {
        series: packets.map(([key, count, startedAtMs = 5]) => ({
          key,
          packets: count,
          bytes: 100 * count,
          startedAtMs,
        })),
        other: { packets: other, bytes: 100 * other },
        tracked: 9,
        evicted: 0,
      },
    ],
  });
  const ratesOf = (before: Parts, after: Parts) => {
    const { rows = [], other } = partsOf(before, after).lists.sources ?? {};
    return [
      ...rows.map((row) => [row.key, row.packetsPerSecond, row.share]),
      other?.packetsPerSecond,
    ];
  };

  it('has a rate and a share for each key, and for all others', () => {
    assert.deepEqual(
      ratesOf(
        listed(50, ['192.0.2.1', 10], ['192.0.2.2', 20]),
        listed(60, ['192.0.2.1', 40], ['192.0.2.2', 80]),
      ),
      [['192.0.2.1', 30, 0.3], ['192.0.2.2', 60, 0.6], 10],
    );
  });

  it('takes all packets of a key that is new as those of the interval', () => {
    assert.deepEqual(ratesOf(listed(0), listed(0, ['192.0.2.1', 40])), [['192.0.2.1', 40, 1], 0]);
  });

  it('takes a key that left and began anew as a new one', () => {
    assert.deepEqual(ratesOf(listed(0, ['192.0.2.1', 900, 5]), listed(0, ['192.0.2.1', 40, 6])), [
      ['192.0.2.1', 40, 1],
      0,
    ]);
  });

  it('has no rate where no list was kept before, and no list where none is kept', () => {
    assert.deepEqual(ratesOf({}, listed(7, ['192.0.2.1', 40])), [['192.0.2.1', 0, 0], 0]);
    assert.deepEqual(partsOf(listed(0), {}).lists, {});
  });
});

describe('reportOf, of headers, sizes and records', () => {
  it('has protocols by family, and no protocol of what is not IP', () => {
    const counts = (tcp: number) => {
      const packets = new Float64Array(15);
      packets[6] = tcp;
      packets[0] = 2 * tcp;
      const malformed = Float64Array.of(0, tcp, 0, 0, 0, 0, 0, 0);
      return { protocols: [{ packets, bytes: packets, malformed }] };
    };
    const { protocols = [], malformed = [] } = partsOf(counts(1), counts(11));
    assert.equal(protocols.length, 11);
    assert.deepEqual(
      protocols
        .filter(({ packets }) => packets > 0)
        .map((row) => [row.family, row.protocol, row.packetsPerSecond]),
      [
        ['other', 'other', 20],
        ['ipv4', 'tcp', 10],
      ],
    );
    assert.equal(malformed.length, 7);
    assert.deepEqual(malformed[0], { reason: 'truncated_link', packets: 11, packetsPerSecond: 10 });
  });

  it('has sizes by their largest, and at last everything longer', () => {
    const counts = (packets: number) => ({
      packet_sizes: [{ packets: new Float64Array(21).fill(packets), bytes: 0 }],
    });
    const { sizes = [] } = partsOf(counts(1), counts(3));
    assert.deepEqual(sizes.map(({ upToBytes }) => upToBytes).slice(-2), [65_536, null]);
    // Seven slots are up to 64 bytes.
    assert.deepEqual(sizes[0], {
      upToBytes: 64,
      packets: 21,
      packetsPerSecond: 14,
      share: 14 / 42,
    });
  });

  it('has what became of the records', () => {
    const outcomes = (factor: number) => ({
      logger: {
        devices: [
          {
            decoded: 10 * factor,
            sampledOut: 20 * factor,
            ringFull: factor,
            noRing: 0,
            noEntry: 0,
            pending: 4,
          },
        ],
        state: { sampleInterval: 1, rings: [], corruptions: NONE },
        readers: { open: 0, rows: 0, missed: 0 },
      },
    });
    const { loss } = partsOf(outcomes(1), outcomes(3));
    assert.deepEqual(loss, {
      decoded: { packets: 30, packetsPerSecond: 20 },
      sampledOut: { packets: 60, packetsPerSecond: 40 },
      ringFull: { packets: 3, packetsPerSecond: 2 },
      noRing: { packets: 0, packetsPerSecond: 0 },
      noEntry: { packets: 0, packetsPerSecond: 0 },
      pending: 4,
    });
  });

  it('leaves out what is not read', () => {
    const report = partsOf({}, {});
    assert.ok(
      !('protocols' in report || 'sizes' in report || 'loss' in report || 'malformed' in report),
    );
  });
});

describe('reportOf, of TCP and of receive queues', () => {
  const parts = (tcp: readonly number[], queues: readonly number[], other = 0): Parts => ({
    tcp: [{ packets: Float64Array.from(tcp) }],
    queues: [{ packets: Float64Array.from(queues), other }],
  });

  it('has a rate and a share for each class of flags', () => {
    const { tcpFlags = [] } = partsOf(parts([5, 0, 0, 0, 0], []), parts([5, 30, 0, 10, 0], []));
    assert.deepEqual(
      tcpFlags
        .filter(({ packets }) => packets > 0)
        .map(({ flags, packetsPerSecond, share }) => [flags, packetsPerSecond, share]),
      [
        ['other', 0, 0],
        ['syn', 30, 0.75],
        ['rst', 10, 0.25],
      ],
    );
  });

  it('has a queue from its first packet on, and all that are not told apart as one', () => {
    const { queues = [] } = partsOf(parts([], [10]), parts([], [40, 60], 10));
    assert.deepEqual(
      queues.map(({ queue, packetsPerSecond }) => [queue, packetsPerSecond]),
      [
        [0, 30],
        [1, 60],
        [null, 10],
      ],
    );
    const [only, ...others] = partsOf(parts([], [10]), parts([], [40])).queues ?? [];
    assert.deepEqual([only?.queue, others], [0, []]);
  });

  it('has no rate of what was not read before', () => {
    const { tcpFlags, queues } = partsOf({}, parts([7, 0, 0, 0, 0], [7]));
    assert.equal(tcpFlags?.[0]?.packetsPerSecond, 0);
    assert.equal(queues?.[0]?.packetsPerSecond, 0);
  });
});

describe('reportOf, of what was measured', () => {
  it('has the peaks of the last minute and the cost of a run, whatever came in the interval', () => {
    const window = { packets: 20_000, bytes: 1_200_000 };
    const program = { name: 'xdp_exporter', role: 'attached' } as const;
    const { peaks, programRunNs } = partsOf(
      {},
      {
        peaks: [{ '10ms': window, '1s': window }],
        program_cost: { devices: [{ program, averageSeconds: 2.5e-8, runs: 9 }] },
      },
    );
    assert.deepEqual(peaks, [
      { window: '10ms', ...window },
      { window: '1s', ...window },
    ]);
    assert.equal(programRunNs, 25);
  });

  it('says nothing of what is not known', () => {
    const program = { name: 'xdp_exporter', role: 'attached' } as const;
    const report = partsOf(
      {},
      { peaks: [undefined], program_cost: { devices: [{ program, runs: 0 }] } },
    );
    assert.ok(!('peaks' in report) && !('programRunNs' in report));
  });
});
