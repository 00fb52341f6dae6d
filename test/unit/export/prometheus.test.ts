// SPDX-License-Identifier: Apache-2.0
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
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
import { collectGarbage } from './garbage.ts';
import { checkWithPromtool } from './promtool.ts';
import { readExposition } from './text/read-exposition.ts';

const BUILD = { version: '1.2.3', nodeVersion: 'v20.20.2' };
const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';
const ENABLED = { disableExporterMetrics: false };

function exporterOf(snapshot: Snapshot, options = ENABLED) {
  const families = createFamilies(BUILD);
  return createPrometheusExporter(async () => families(snapshot), options);
}

/** The text of a scrape by default. */
async function textOf(snapshot: Snapshot, accept?: string): Promise<string> {
  const { body } = await exporterOf(snapshot).render(accept);
  return body.toString();
}

function linesOf(text: string, prefix: string): string[] {
  return text.split('\n').filter((line) => line.startsWith(prefix));
}

describe('render', () => {
  const snapshot = snapshotOf([deviceOf('eth0'), absentDevice('eth9')], {
    traffic: [trafficOf(2, [1, 2]), undefined],
    packet_sizes: [packetSizesOf(), undefined],
  });

  it('writes the families and the metrics of the process', async () => {
    const text = await textOf(snapshot);
    assert.match(text, /^# HELP xdp_device_up Whether .+\.\n# TYPE xdp_device_up gauge\n/);
    assert.deepEqual(linesOf(text, 'xdp_device_up'), [
      'xdp_device_up{device="eth0"} 1',
      'xdp_device_up{device="eth9"} 0',
    ]);
    assert.ok(text.includes('\nxdp_packets_total{device="eth0",action="drop"} 14\n'));
    assert.match(text, /^process_cpu_seconds_total [\d.e-]+$/m);
    assert.match(text, /^nodejs_version_info\{version="v\d+\.\d+\.\d+",major="\d+",/m);
    assert.deepEqual(checkWithPromtool(Buffer.from(text)), { status: 0, output: '' });
  });

  it('writes the same metrics as OpenMetrics for who asks for it', async () => {
    const { render } = exporterOf(snapshot);
    const text = await render('*/*');
    const openMetrics = await render(OPENMETRICS);
    assert.equal(text.contentType, 'text/plain; version=0.0.4; charset=utf-8');
    assert.equal(
      openMetrics.contentType,
      'application/openmetrics-text; version=1.0.0; charset=utf-8',
    );
    const names = readExposition(text.body.toString(), 'text').map(({ name, type }) =>
      type === 'counter' ? name.replace(/_total$/, '') : name,
    );
    const read = readExposition(openMetrics.body.toString(), 'openmetrics');
    assert.deepEqual(read.map(({ name }) => name).toSorted(), names.toSorted());
    assert.ok(openMetrics.body.includes('\nxdp_packets_total{device="eth0",action="drop"} 14\n'));
  });

  it('leaves the metrics of the process out where they are not wanted', async () => {
    const { render } = exporterOf(snapshot, { disableExporterMetrics: true });
    for (const [accept, format] of [
      ['*/*', 'text'],
      [OPENMETRICS, 'openmetrics'],
    ] as const) {
      const text = (await render(accept)).body.toString();
      const names = readExposition(text, format).map(({ name }) => name);
      assert.deepEqual(
        names.filter((name) => !name.startsWith('xdp_')),
        [],
      );
      assert.ok(names.includes('xdp_exporter_build_info'));
    }
  });

  it('writes no _created samples and none of the gauges that look like counters', async () => {
    for (const text of [await textOf(snapshot), await textOf(snapshot, OPENMETRICS)]) {
      assert.doesNotMatch(text, /_created/);
      assert.doesNotMatch(text, /nodejs_active_\w+_total/);
    }
  });

  it('spells what is not a number yet, such as the mean of no samples, as the format does', async () => {
    const { render } = exporterOf(snapshot);
    // Reading the lag of the event loop forgets its samples.
    await render(undefined);
    const text = (await render(undefined)).body.toString();
    assert.match(text, / NaN$/m);
    assert.doesNotMatch(text, / Nan$/m);
  });

  it('counts each kind of garbage collection in buckets', async () => {
    const { render } = exporterOf(snapshot);
    collectGarbage();
    await delay(50);
    const families = readExposition((await render(undefined)).body.toString(), 'text');
    const durations = families.find(({ name }) => name === 'nodejs_gc_duration_seconds');
    // Which kind comes first is up to Node, and prom-client counts one of those that came at once.
    const kind = durations?.samples[0]?.labels['kind'];
    const samples = durations?.samples.filter(({ labels }) => labels['kind'] === kind) ?? [];
    const bounds = samples.flatMap(({ labels: { le } }) => le ?? []);
    assert.deepEqual(bounds, ['0.001', '0.01', '0.1', '1', '2', '5', '+Inf']);
    const [sum, count] = samples.slice(bounds.length);
    assert.deepEqual(
      [sum?.name, count?.name],
      ['nodejs_gc_duration_seconds_sum', 'nodejs_gc_duration_seconds_count'],
    );
    assert.ok((count?.value ?? 0) >= 1 && (sum?.value ?? 0) > 0);
    const cumulative = samples.slice(0, bounds.length).map(({ value }) => value);
    assert.deepEqual(
      cumulative,
      cumulative.toSorted((a, b) => a - b),
    );
    assert.equal(cumulative.at(-1), count?.value);
  });

  it('shows each collection anew, without what is gone', async () => {
    const families = createFamilies(BUILD);
    const snapshots = [snapshot, snapshotOf([deviceOf('eth9')])];
    const { render } = createPrometheusExporter(
      async () => families(snapshots.shift() ?? snapshot),
      ENABLED,
    );
    await render(undefined);
    const text = (await render(undefined)).body.toString();
    assert.deepEqual(linesOf(text, 'xdp_device_up'), ['xdp_device_up{device="eth9"} 1']);
    assert.doesNotMatch(text, /eth0/);
  });

  it('keeps nothing of series that are gone', async () => {
    let labels: { device: string } | undefined = { device: 'eth0' };
    const gone = new WeakRef(labels);
    let families = createFamilies(BUILD)(snapshot).map((family) =>
      family.type === 'histogram'
        ? family
        : { ...family, samples: [{ labels: labels ?? {}, value: 1 }] },
    ) as readonly Family[];
    const { render } = createPrometheusExporter(async () => families, ENABLED);
    await render(undefined);
    await render(OPENMETRICS);
    assert.notEqual(gone.deref(), undefined);
    families = [];
    labels = undefined;
    await render(undefined);
    await render(OPENMETRICS);
    await delay(1);
    collectGarbage();
    assert.equal(gone.deref(), undefined);
  });

  it('writes 20,000 series, each once', async () => {
    const cpus = Array.from({ length: 200 }, (_, index) => index);
    const devices = Array.from({ length: 100 }, (_, index) => deviceOf(`veth${index}`));
    const parts = { traffic: devices.map(() => trafficOf(cpus.length)) };
    const { render } = exporterOf(snapshotOf(devices, parts, cpus));
    await render(undefined);
    const lines = linesOf((await render(undefined)).body.toString(), 'xdp_cpu_');
    assert.equal(lines.length, 20_000);
    assert.equal(new Set(lines.map((line) => line.split(' ')[0])).size, 20_000);
    assert.ok(
      lines.includes('xdp_cpu_packets_total{device="veth99",action="pass",cpu="199"} 1993'),
    );
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
    }, ENABLED);
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

  it('share one collection, and one text for each format', async () => {
    const { exporter, collections } = controlledExporter();
    const accepted = [undefined, '*/*', OPENMETRICS, `${OPENMETRICS};q=0.5`];
    const renders = Promise.all(accepted.map((accept) => exporter.render(accept)));
    assert.equal(collections.length, 1);
    collections[0]?.resolve([]);
    const [text, sameText, openMetrics, sameOpenMetrics] = await renders;
    assert.equal(sameText, text);
    assert.equal(sameOpenMetrics, openMetrics);
    assert.ok(openMetrics?.body.toString().endsWith('# EOF\n'));
    assert.equal(collections.length, 1);
  });

  it('begin another one once the first has ended', async () => {
    const { exporter, collections } = controlledExporter();
    const first = exporter.render(undefined);
    collections[0]?.resolve([]);
    await first;
    const second = exporter.render(undefined);
    assert.equal(collections.length, 2);
    collections[1]?.resolve([]);
    await second;
  });

  it('fail together, and the next one may succeed', async () => {
    const { exporter, collections } = controlledExporter();
    const failing = [exporter.render(undefined), exporter.render(undefined)];
    collections[0]?.reject(new Error('engine is gone'));
    for (const result of await Promise.allSettled(failing)) {
      assert.equal(result.status, 'rejected');
      assert.match(String(result.reason), /engine is gone/);
    }
    const next = exporter.render(undefined);
    collections[1]?.resolve([]);
    assert.match((await next).body.toString(), /process_cpu_seconds_total/);
  });
});
