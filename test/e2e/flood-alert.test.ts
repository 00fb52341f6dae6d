// SPDX-License-Identifier: Apache-2.0
// XdpFlood over the demo's flood, in a real Prometheus. `npm run test:dashboards` waits for it with the rules as they are
// shipped; else the same rules look back seconds, and the demo takes seconds.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { DemoProcess } from './support/demo-process.ts';
import { until } from './support/namespace.ts';
import { writePast } from './support/past.ts';
import { PrometheusServer } from './support/prometheus-server.ts';
import { RulesCopy } from './support/rules-copy.ts';

/** Frames a second of the flood and the calm together: the calm has a twentieth. */
const RATE = 40_000;

interface Speed {
  /** Of the demo. The middle half of it is a flood. */
  readonly seconds: number;
  /** What to put in the place of the rules' durations. */
  readonly durations: Readonly<Record<string, string>>;
}

const AS_SHIPPED: Speed = { seconds: 240, durations: {} };
const QUICK: Speed = {
  seconds: 24,
  durations: {
    '[2m]': '[4s]',
    '[1d:5m]': '[1d:1s]',
    'interval: 1m': 'interval: 1s',
    'for: 1m': 'for: 3s',
  },
};

const SPEED = process.env['XDP_TRAFFIC_SECONDS'] === undefined ? QUICK : AS_SHIPPED;

const LABELS = { job: 'xdp', instance: 'demo', node: 'demo', device: 'demo0' };
const ALERT = 'ALERTS{alertname="XdpFlood", alertstate="firing"}';

/** A day of calm, as the rules would have recorded it. */
function dayOfCalm(): string {
  const end = Math.floor(Date.now() / 1000) - 60;
  const name = 'job_instance_netns_device:xdp_packets:rate2m';
  const series = [{ name, labels: LABELS, value: () => RATE / 20 }];
  return writePast({ start: end - 24 * 3600, end, stepSeconds: 60, series });
}

describe('XdpFlood over the flood of the demo', { skip: skipUnlessRoot }, () => {
  const rules = new RulesCopy(SPEED.durations);
  let demo: DemoProcess;
  let prometheus: PrometheusServer;

  before(async () => {
    const flags = ['--scenario', 'flood', '--rate', `${RATE}`, '--duration', `${SPEED.seconds}`];
    demo = await DemoProcess.start(flags);
    const target = {
      targets: [new URL(demo.url).host],
      labels: { instance: 'demo', node: 'demo' },
    };
    prometheus = await PrometheusServer.start(
      JSON.stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: [`${rules.folder}/*.rules.yml`],
        scrape_configs: [{ job_name: 'xdp', static_configs: [target] }],
      }),
      { past: dayOfCalm() },
    );
  });
  after(async () => {
    await prometheus?.close();
    await demo?.close();
    rules.close();
  });

  test('is silent in the calm, fires in the flood, and names the device and its baseline', async (context) => {
    await until('the flood begins', () => demo.happens(1), SPEED.seconds / 2);
    assert.deepEqual(await prometheus.query(ALERT), []);
    const begun = performance.now();
    await until(
      'XdpFlood fires',
      async () => (await prometheus.query(ALERT)).length > 0,
      SPEED.seconds / 2,
    );
    const seconds = (performance.now() - begun) / 1000;
    context.diagnostic(`XdpFlood fired ${seconds.toFixed(1)} s after the flood had begun`);
    const [alert] = await prometheus.query(ALERT);
    const { device, instance, node, severity } = alert?.metric ?? {};
    assert.deepEqual([device, instance, node, severity], ['demo0', 'demo', 'demo', 'warning']);
    const [firing] = (await prometheus.alerts()).filter(({ state, labels }) => {
      return state === 'firing' && labels['alertname'] === 'XdpFlood';
    });
    assert.match(
      firing?.annotations['description'] ?? '',
      /^demo0 of demo receives [\d.]+k packets per second; the median of the last day is [\d.]+k\.$/,
    );
  });

  test('is silent again after it', async () => {
    await until('the demo is over', () => demo.hasEnded, SPEED.seconds);
    // The rate of two minutes remembers it for as long.
    const patience = SPEED === AS_SHIPPED ? 200 : 20;
    await until(
      'XdpFlood is silent',
      async () => (await prometheus.query(ALERT)).length === 0,
      patience,
    );
  });
});
