// SPDX-License-Identifier: Apache-2.0
// Every expression of the dashboards and every rule, asked of a real Prometheus that has scraped exporters under traffic.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { constants, gzipSync } from 'node:zlib';
import { drawPicture, PICTURE_ROWS } from '../../grafana/src/picture/picture.ts';
import {
  type Dashboard,
  dashboards,
  type Panel,
  shownPanels,
} from '../deploy/support/dashboards.ts';
import { selectorsOf } from '../deploy/support/promql.ts';
import { alerts, PROJECT, recordings, rules } from '../deploy/support/rules.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { Fleet } from './support/fleet.ts';
import { readPanelData } from './support/panel-data.ts';
import type { Series } from './support/promql.ts';

/** `npm run test:dashboards` makes it two minutes. */
const TRAFFIC_SECONDS = Number(process.env['XDP_TRAFFIC_SECONDS'] ?? 30);

/** Where to write the picture for the README; it is drawn and looked through all the same. */
const PICTURE = process.env['XDP_PICTURE'];

/** As many points as the picture has room for. */
const PICTURE_POINTS = 80;

const SCALE = readFileSync(new URL('docs/scale.md', PROJECT), 'utf8');

/** Queries for people to type. */
const DOCUMENTED = [
  ...readFileSync(new URL('docs/dashboards.md', PROJECT), 'utf8').matchAll(/```promql\n(.*?)```/gs),
].map(([, expr = '']) => expr);

/** What Grafana would fill in. */
const VARIABLES = [
  ['$__rate_interval', '10s'],
  ['$__range', `${TRAFFIC_SECONDS}s`],
  ['$cluster', '.*'],
  ['$instance', '.+'],
  ['$device', '.+'],
] as const;

/** Panels that rightly show nothing but zeros here: all that there is answers, and no packet is lost or refused. */
const ZERO_PANELS = [
  'Exporters missing',
  'Devices not counted',
  'Devices not counted, by reason',
  'Attempts by outcome, an hour',
  'Exceptions',
  'Failed redirects',
  'Corruptions',
  'Ended by device and place',
  'Ended in the stack',
];

/** Panels that may: on a machine with nothing to spare a record may be late or lost. */
const MAYBE_ZERO_PANELS = [
  'Not logged',
  'Records lost, highest ten nodes',
  'Share of packets not logged',
  'Under way',
  'Ended by CPU',
];

/** Series in rules that are not there, and why. */
const ABSENT_SERIES: Readonly<Record<string, string>> = {
  'job_reason:xdp_device_down_info:count': 'every device is counted',
  xdp_device_lower_info: 'no device stands on another',
  'xdp_program_info{mode="generic"}': 'the programs are native',
  'xdp_exporter_wire_info{isolation="none"}': 'the wires are kept apart',
};

function fillIn(expr: string, job = 'xdp'): string {
  const variables = [...VARIABLES, ['$job', job] as const];
  return variables.reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}

/** The node that observes has a job of its own. */
function jobOf({ uid }: Dashboard): string {
  return uid === 'xdp-observed' ? 'xdp-observing' : 'xdp';
}

describe('two nodes under traffic', { skip: skipUnlessRoot }, () => {
  let fleet: Fleet;
  /** Unix seconds: the last second of the traffic. */
  let end: number;

  before(async () => {
    fleet = await Fleet.start();
    await fleet.sendTraffic(TRAFFIC_SECONDS);
    end = Date.now() / 1000 - 1;
  });
  after(() => fleet?.close());

  const ask = (expr: string, job?: string) => fleet.prometheus.query(fillIn(expr, job), end);

  /** A machine with nothing to spare may sample; then there are no peaks for a minute. */
  const wasSampled = async () => {
    return (await ask('max_over_time(xdp_logger_sample_interval{job="xdp"}[2m]) > 1')).length > 0;
  };

  async function answers(panel: Panel, job: string): Promise<readonly Series[]> {
    const results = await Promise.all((panel.targets ?? []).map(({ expr }) => ask(expr, job)));
    for (const [index, result] of results.entries()) {
      const { expr = '' } = panel.targets?.[index] ?? {};
      const isExcused = result.length === 0 && /xdp_peak_/.test(expr) && (await wasSampled());
      assert.ok(result.length > 0 || isExcused, `no data: ${expr}`);
    }
    return results.flat();
  }

  for (const dashboard of dashboards) {
    describe(dashboard.title, () => {
      for (const panel of shownPanels(dashboard)) {
        test(`shows data in "${panel.title}"`, async () => {
          const series = await answers(panel, jobOf(dashboard));
          const values = series.map(({ points }) => points[0]?.[1] ?? Number.NaN);
          assert.ok(values.every(Number.isFinite), `${values}`);
          if (!MAYBE_ZERO_PANELS.includes(panel.title)) {
            const isZero = values.every((value) => value === 0);
            assert.equal(isZero, ZERO_PANELS.includes(panel.title), `${values}`);
          }
        });
      }

      for (const { name, expr } of dashboard.annotations.list) {
        test(`asks for "${name}" in words that Prometheus understands`, async () => {
          for (const { points } of await ask(expr, jobOf(dashboard))) {
            assert.ok((points[0]?.[1] ?? 0) > 0);
          }
        });
      }
    });
  }

  for (const [index, expr] of DOCUMENTED.entries()) {
    test(`docs/dashboards.md asks for something that there is, ${index + 1}`, async () => {
      assert.ok((await ask(expr.replaceAll('[5m]', '[10s]'))).length > 0, expr);
    });
  }

  test('no rule fails', async () => {
    const states = await fleet.prometheus.rules();
    assert.deepEqual(
      states.filter(({ health }) => health !== 'ok'),
      [],
    );
    assert.equal(states.length, rules.length);
  });

  for (const { record } of recordings) {
    test(`${record} is recorded, unless there is nothing to record`, async () => {
      const recorded = await ask(record);
      if (record in ABSENT_SERIES) {
        assert.deepEqual(recorded, []);
        return;
      }
      assert.ok(recorded.length > 0);
      assert.ok(recorded.every(({ points }) => Number.isFinite(points[0]?.[1])));
    });
  }

  for (const { alert, expr } of alerts) {
    test(`${alert} looks at series that exist, but for those that are known not to`, async () => {
      for (const { metric, matchers } of selectorsOf(expr)) {
        const filters = matchers.length === 0 ? '' : `{${matchers.join(', ')}}`;
        const selector = `${metric}${filters}`;
        const found = (await ask(selector)).length > 0;
        const isKnown = selector in ABSENT_SERIES || metric in ABSENT_SERIES;
        assert.equal(found, !isKnown, selector);
      }
    });
  }

  test('pushed series have the labels of scraped ones after relabelling', async () => {
    const shapes = async (job: string) => {
      const found = await ask(`{__name__=~"xdp_.*", job="${job}", instance="node-2"}`);
      return new Set(
        found.map(({ metric }) => `${metric['__name__']} ${Object.keys(metric).sort()}`),
      );
    };
    const scraped = await shapes('xdp');
    assert.ok(scraped.size >= 20);
    assert.deepEqual([...(await shapes('pushed'))].sort(), [...scraped].sort());
    const [up] = await ask('xdp_device_up{job="pushed", device="demo0"}');
    assert.equal(up?.points[0]?.[1], 1);
  });

  test('a scrape has as many series as docs/scale.md says', async (context) => {
    const scrape = await fleet.scrape();
    const series = scrape.split('\n').filter((line) => /^xdp_/.test(line));
    const count = (name: string) => series.filter((line) => line.startsWith(`${name}{`)).length;
    const sources = count('xdp_source_packets_total') - 1;
    const ports = count('xdp_port_packets_total') - 1;
    const lists = count('xdp_destination_packets_total') + count('xdp_network_packets_total');
    // Two windows of packets and of bytes, unless packets were sampled.
    const peaks = count('xdp_peak_packets') + count('xdp_peak_bytes');
    const queues = count('xdp_rx_queue_packets_total');
    const cpus = count('xdp_ring_size_bytes');
    const files = count('xdp_exporter_file_last_reload_successful');
    const compressed = gzipSync(scrape, { level: constants.Z_BEST_SPEED }).length;
    const sizes = `${scrape.length} bytes, ${compressed} compressed`;
    context.diagnostic(`${sizes}, ${series.length} series, ${sources} sources, ${ports} ports`);
    // One device, one action.
    const collectors = count('xdp_scrape_collector_success');
    const ofDevice = 81 + peaks + cpus + queues + 2 * sources + 2 * ports + 2 * lists;
    assert.equal(series.length, 23 + files + 2 * collectors + 2 * cpus + ofDevice);
    assert.equal(collectors, 11 + 2);
    assert.match(SCALE, /= 45 \+ 2·C \+ D·\(85 \+ C·A \+ Q \+ 2·S \+ 2·T \+ 2·L\) \+ P/);
  });

  test('nothing that calls for somebody fires', async () => {
    const firing = await ask('ALERTS{severity=~"warning|critical", job="xdp"}');
    assert.deepEqual(
      firing.map(({ metric }) => metric['alertname']),
      [],
    );
  });

  test('the picture for the README is drawn of what the panels show', async () => {
    const panels = dashboards.flatMap(shownPanels);
    const range = {
      // By then rates have ten seconds to look back on.
      start: end - TRAFFIC_SECONDS + 12,
      end,
      stepSeconds: Math.max(1, TRAFFIC_SECONDS / PICTURE_POINTS),
    };
    const wanted = PICTURE_ROWS.flatMap((row) => row.panels).map(({ title }) =>
      panels.find((panel) => panel.title === title),
    );
    const data = await Promise.all(
      wanted.map((panel) => {
        assert.ok(panel);
        return readPanelData(fleet.prometheus, panel, range, (expr) => fillIn(expr));
      }),
    );
    const picture = drawPicture(data);
    assert.doesNotMatch(picture, /NaN|undefined|Infinity/);
    assert.match(picture, /203\.0\.113\.66/);
    assert.ok(picture.length < 300_000, `${picture.length} bytes`);
    if (PICTURE !== undefined) {
      writeFileSync(PICTURE, picture);
    }
  });
});
