// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { createFamilies } from '../../../src/catalogue/families.ts';
import { createPrometheusExporter } from '../../../src/export/prometheus.ts';
import type { Family } from '../../../src/metrics/family.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import {
  absentDevice,
  deviceOf,
  packetSizesOf,
  snapshotOf,
  trafficOf,
} from '../catalogue/snapshots.ts';

const BUILD = { version: '1.2.3', nodeVersion: 'v20.20.2' };

function exporterOf(snapshot: Snapshot) {
  const families = createFamilies(BUILD);
  return createPrometheusExporter(async () => families(snapshot));
}

function linesOf(text: string, prefix: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(prefix));
}

/** Throws where promtool is not installed: the set-up of the tests brings it. */
function promtoolCheck(text: string): { status: number | null; output: string } {
  const result = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
  if (result.error !== undefined) {
    throw result.error;
  }
  return { status: result.status, output: result.stdout + result.stderr };
}

describe('render', () => {
  const snapshot = snapshotOf([deviceOf('eth0'), absentDevice('eth9')], {
    traffic: [trafficOf(2, [1, 2]), undefined],
    packet_sizes: [packetSizesOf(), undefined],
  });

  it('writes what promtool has no complaint about', async () => {
    const text = await exporterOf(snapshot).render();
    assert.deepEqual(promtoolCheck(text), { status: 0, output: '' });
  });

  it('writes HELP, TYPE and the samples of each family', async () => {
    const text = await exporterOf(snapshot).render();
    assert.match(text, /^# HELP xdp_device_up Whether .+\.\n# TYPE xdp_device_up gauge\n/);
    assert.deepEqual(linesOf(text, 'xdp_device_up'), [
      'xdp_device_up{device="eth0"} 1',
      'xdp_device_up{device="eth9",reason="absent"} 0',
    ]);
    assert.ok(text.includes('\nxdp_packets_total{device="eth0",action="drop"} 14\n'));
    assert.ok(text.endsWith('\n'));
  });

  it('writes cumulative buckets, the sum and the count of a histogram', async () => {
    const lines = linesOf(await exporterOf(snapshot).render(), 'xdp_packet_size_bytes');
    assert.equal(lines.length, 14);
    assert.equal(lines[0], 'xdp_packet_size_bytes_bucket{device="eth0",le="64"} 127');
    assert.equal(lines[1], 'xdp_packet_size_bytes_bucket{device="eth0",le="128"} 255');
    assert.equal(lines[10], 'xdp_packet_size_bytes_bucket{device="eth0",le="65536"} 131071');
    assert.equal(lines[11], 'xdp_packet_size_bytes_bucket{device="eth0",le="+Inf"} 2097151');
    assert.equal(lines[12], 'xdp_packet_size_bytes_sum{device="eth0"} 123456');
    assert.equal(lines[13], 'xdp_packet_size_bytes_count{device="eth0"} 2097151');
  });

  it('writes counters as plain integers up to 2^53', async () => {
    const traffic = trafficOf(1);
    traffic.bytes[2] = 2 ** 53;
    traffic.bytes[1] = 315_000_000_000;
    const parts = { traffic: [traffic] };
    const text = await exporterOf(snapshotOf([deviceOf('eth0')], parts, [0])).render();
    assert.ok(text.includes('xdp_bytes_total{device="eth0",action="pass"} 9007199254740992\n'));
    assert.ok(text.includes('xdp_bytes_total{device="eth0",action="drop"} 315000000000\n'));
  });

  it('escapes hostile label values so that none can forge a line', async () => {
    const name = 'a"b\\c\nxdp_device_up{device="forged"} 1';
    const device = deviceOf(name, { netns: name });
    const text = await exporterOf(snapshotOf([device])).render();
    const escaped = 'a\\"b\\\\c\\nxdp_device_up{device=\\"forged\\"} 1';
    assert.deepEqual(linesOf(text, 'xdp_device_up'), [
      `xdp_device_up{device="${escaped}",netns="${escaped}"} 1`,
    ]);
    assert.deepEqual(promtoolCheck(text), { status: 0, output: '' });
  });

  it('writes no _created samples and none of the gauges that look like counters', async () => {
    const text = await exporterOf(snapshot).render();
    assert.doesNotMatch(text, /_created/);
    assert.doesNotMatch(text, /nodejs_active_\w+_total/);
    assert.match(text, /^process_cpu_seconds_total /m);
    assert.match(text, /^nodejs_eventloop_lag_seconds /m);
  });

  it('spells what is not a number yet, such as the mean of no samples, as the format does', async () => {
    const { render } = exporterOf(snapshot);
    // Reading the lag of the event loop forgets its samples.
    await render();
    const text = await render();
    assert.match(text, / NaN$/m);
    assert.doesNotMatch(text, / Nan$/m);
  });

  it('declares the text format 0.0.4', () => {
    assert.equal(exporterOf(snapshot).contentType, 'text/plain; version=0.0.4; charset=utf-8');
  });

  it('shows each collection anew, without what is gone', async () => {
    const families = createFamilies(BUILD);
    const snapshots = [snapshot, snapshotOf([deviceOf('eth9')])];
    const exporter = createPrometheusExporter(async () => families(snapshots.shift() ?? snapshot));
    await exporter.render();
    const text = await exporter.render();
    assert.deepEqual(linesOf(text, 'xdp_device_up'), ['xdp_device_up{device="eth9"} 1']);
    assert.doesNotMatch(text, /eth0/);
  });

  it('writes 20,000 series, each once', async () => {
    const cpus = Array.from({ length: 100 }, (_, index) => index);
    const devices = Array.from({ length: 100 }, (_, index) => deviceOf(`veth${index}`));
    const parts = { traffic: devices.map(() => trafficOf(cpus.length)) };
    const exporter = exporterOf(snapshotOf(devices, parts, cpus));
    await exporter.render();
    const lines = linesOf(await exporter.render(), 'xdp_cpu_');
    assert.equal(lines.length, 20_000);
    assert.equal(new Set(lines.map((line) => line.split(' ')[0])).size, 20_000);
    assert.ok(lines.includes('xdp_cpu_bytes_total{device="veth99",action="pass",cpu="99"} 99300'));
  });
});

describe('concurrent calls of render', () => {
  /** A collection that the test ends by hand. */
  function controlledExporter() {
    const collections: PromiseWithResolvers[] = [];
    const exporter = createPrometheusExporter(() => {
      const collection = withResolvers();
      collections.push(collection);
      return collection.promise;
    });
    return { exporter, collections };
  }

  interface PromiseWithResolvers {
    readonly promise: Promise<readonly Family[]>;
    readonly resolve: (families: readonly Family[]) => void;
    readonly reject: (error: Error) => void;
  }

  function withResolvers(): PromiseWithResolvers {
    let resolve: PromiseWithResolvers['resolve'] = () => {};
    let reject: PromiseWithResolvers['reject'] = () => {};
    const promise = new Promise<readonly Family[]>((onResolve, onReject) => {
      resolve = onResolve;
      reject = onReject;
    });
    return { promise, resolve, reject };
  }

  it('share one collection', async () => {
    const { exporter, collections } = controlledExporter();
    const texts = Promise.all([exporter.render(), exporter.render(), exporter.render()]);
    assert.equal(collections.length, 1);
    collections[0]?.resolve([]);
    const [first, ...others] = await texts;
    assert.deepEqual(others, [first, first]);
  });

  it('begin another one once the first has ended', async () => {
    const { exporter, collections } = controlledExporter();
    const first = exporter.render();
    collections[0]?.resolve([]);
    await first;
    const second = exporter.render();
    assert.equal(collections.length, 2);
    collections[1]?.resolve([]);
    await second;
  });

  it('fail together, and the next one may succeed', async () => {
    const { exporter, collections } = controlledExporter();
    const failing = [exporter.render(), exporter.render()];
    collections[0]?.reject(new Error('engine is gone'));
    for (const result of await Promise.allSettled(failing)) {
      assert.equal(result.status, 'rejected');
      assert.match(String(result.reason), /engine is gone/);
    }
    const next = exporter.render();
    collections[1]?.resolve([]);
    assert.match(await next, /process_cpu_seconds_total/);
  });
});
