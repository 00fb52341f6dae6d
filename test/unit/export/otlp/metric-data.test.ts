// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { METRICS } from '../../../../src/catalogue/catalogue.ts';
import { createFamilies } from '../../../../src/catalogue/families.ts';
import { toMetricData } from '../../../../src/export/otlp/metric-data.ts';
import { family, histogramFamily } from '../../../../src/metrics/family.ts';
import { deviceOf, snapshotOf, trafficOf } from '../../catalogue/snapshots.ts';

// Of sdk-metrics, where enums are numbers and must stay what the serializer expects.
const SUM = 3;
const GAUGE = 2;
const HISTOGRAM = 0;
const CUMULATIVE = 1;
const INT = 0;
const DOUBLE = 1;

const TAKEN_AT_MS = 1_700_000_000_250;
const STARTED_AT_MS = 1_600_000_000_001;

describe('toMetricData', () => {
  it('makes a counter a monotonic cumulative sum of integers with its start', () => {
    const labels = { device: 'eth0', cpu: '7', action: 'pass' };
    const sample = { labels, startedAtMs: STARTED_AT_MS, value: 2 ** 53 };
    assert.deepEqual(toMetricData([family(METRICS.cpuPackets, [sample])], TAKEN_AT_MS), [
      {
        descriptor: {
          name: 'xdp.cpu.packets',
          description: METRICS.cpuPackets.help,
          unit: '{packet}',
          valueType: INT,
        },
        aggregationTemporality: CUMULATIVE,
        dataPointType: SUM,
        isMonotonic: true,
        dataPoints: [
          {
            startTime: [1_600_000_000, 1_000_000],
            endTime: [1_700_000_000, 250_000_000],
            attributes: {
              'network.interface.name': 'eth0',
              'cpu.logical_number': 7,
              'xdp.action': 'pass',
            },
            value: 2 ** 53,
          },
        ],
      },
    ]);
  });

  it('makes a gauge a gauge without a start, of doubles where it has fractions', () => {
    const [up, fill] = toMetricData(
      [
        family(METRICS.deviceUp, [{ labels: { device: 'a' }, startedAtMs: 5, value: 1 }]),
        family(METRICS.ringFill, [{ labels: { cpu: '0' }, value: 0.5 }]),
      ],
      TAKEN_AT_MS,
    );
    assert.equal(up?.dataPointType, GAUGE);
    assert.deepEqual(up?.dataPoints[0]?.startTime, [0, 0]);
    assert.equal(up?.descriptor.valueType, INT);
    assert.equal(fill?.descriptor.valueType, DOUBLE);
    assert.equal(fill?.dataPoints[0]?.value, 0.5);
  });

  it('makes a histogram a histogram with all its buckets', () => {
    const sample = {
      labels: { device: 'a' },
      startedAtMs: STARTED_AT_MS,
      boundaries: [64, 128],
      counts: [1, 2, 3],
      count: 6,
      sum: 600,
    };
    const [metric] = toMetricData([histogramFamily(METRICS.packetSize, [sample])], TAKEN_AT_MS);
    assert.equal(metric?.dataPointType, HISTOGRAM);
    assert.equal(metric?.aggregationTemporality, CUMULATIVE);
    assert.deepEqual(metric?.dataPoints[0]?.value, {
      buckets: { boundaries: [64, 128], counts: [1, 2, 3] },
      count: 6,
      sum: 600,
    });
    assert.deepEqual(metric?.dataPoints[0]?.startTime, [1_600_000_000, 1_000_000]);
  });

  it('lets times go on where the clock was set back, and no series end before it began', () => {
    const sample = { labels: { device: 'a', action: 'pass' }, startedAtMs: 5_000, value: 1 };
    for (const second of [3, 4, 5]) {
      const [metric] = toMetricData([family(METRICS.packets, [sample])], second * 1_000);
      assert.deepEqual(metric?.dataPoints[0]?.startTime, [second, 0]);
      assert.deepEqual(metric?.dataPoints[0]?.endTime, [second, 0]);
    }
    const [later] = toMetricData([family(METRICS.packets, [sample])], 6_000);
    assert.deepEqual(later?.dataPoints[0]?.startTime, [5, 0]);
  });

  it('names the network namespace of a device that is not in the host’s own', () => {
    const labels = { device: 'eth0', netns: 'blue' };
    const [metric] = toMetricData([family(METRICS.deviceUp, [{ labels, value: 1 }])], TAKEN_AT_MS);
    assert.deepEqual(metric?.dataPoints[0]?.attributes, {
      'network.interface.name': 'eth0',
      'xdp.netns': 'blue',
    });
  });

  it('keeps starts and attributes from push to push, and gives every sum a start', () => {
    const families = createFamilies({ version: '1', nodeVersion: '2' });
    const device = deviceOf('eth0', { startedAtMs: STARTED_AT_MS });
    const parts = { traffic: [trafficOf(2, [1, 2])] };
    const push = () =>
      toMetricData(families(snapshotOf([device], parts)), TAKEN_AT_MS).flatMap((metric) =>
        metric.dataPoints.map(({ attributes, startTime }) => ({
          isGauge: metric.dataPointType === GAUGE,
          attributes,
          startTime,
        })),
      );
    const first = push();
    const second = push();
    assert.ok(first.length > 20);
    assert.deepEqual(first, second);
    for (const { isGauge, startTime } of first) {
      assert.equal(startTime[0], isGauge ? 0 : 1_600_000_000);
    }
  });
});
