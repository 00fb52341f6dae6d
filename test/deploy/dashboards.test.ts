// SPDX-License-Identifier: Apache-2.0
// The committed dashboards: those of the source, by the rules of Grafana's dashboard linter, of metrics that exist.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { committedFiles } from '../../grafana/src/committed.ts';
import { FOREIGN_METRICS } from '../../grafana/src/query.ts';
import { METRICS } from '../../src/catalogue/catalogue.ts';
import type { MetricDefinition } from '../../src/metrics/definition.ts';
import { dashboards, type Panel, shownPanels } from './support/dashboards.ts';
import { type Selector, selectorsOf } from './support/promql.ts';
import { PROJECT, recordings, rules } from './support/rules.ts';

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

/** By the name of a series: a histogram has three. */
const SERIES = new Map<string, MetricDefinition>(
  Object.values<MetricDefinition>(METRICS).flatMap((metric) =>
    metric.type === 'histogram'
      ? ['bucket', 'sum', 'count'].map((part): [string, MetricDefinition] => [
          `${metric.name}_${part}`,
          metric,
        ])
      : [[metric.name, metric]],
  ),
);

const FOREIGN: ReadonlySet<string> = new Set(FOREIGN_METRICS);

function selectorsIn(panels: readonly Panel[]): readonly (Selector & { title: string })[] {
  return panels.flatMap(({ title, targets = [] }) =>
    targets.flatMap(({ expr }) => selectorsOf(expr).map((selector) => ({ ...selector, title }))),
  );
}

function isCounter(metric: string): boolean {
  const type = SERIES.get(metric)?.type;
  return type === undefined ? metric.endsWith('_total') : type !== 'gauge';
}

test('the committed files are what the source makes; otherwise type: npm run dashboards', () => {
  for (const { file, text } of committedFiles()) {
    assert.equal(readFileSync(file, 'utf8'), text);
  }
  assert.equal(dashboards.length, 2);
});

test('the example of provisioning takes the scrape interval of our Prometheus, and keeps the dashboards as they are', () => {
  const yaml = (name: string) => parse(readFileSync(new URL(name, PROJECT), 'utf8'));
  const [source] = yaml('grafana/provisioning/datasources.yaml').datasources;
  const { scrape_interval: interval } = yaml('deploy/prometheus/prometheus.yml').global;
  assert.deepEqual([source.type, source.jsonData.timeInterval], ['prometheus', interval]);
  const [provider] = yaml('grafana/provisioning/dashboards.yaml').providers;
  assert.deepEqual([provider.type, provider.allowUiUpdates], ['file', false]);
});

test('every rule is PromQL over metrics of the catalogue and series that another rule records', () => {
  const recorded = new Set(recordings.map(({ record }) => record));
  for (const { expr } of rules) {
    for (const { metric } of selectorsOf(expr)) {
      const known = SERIES.has(metric) || recorded.has(metric);
      assert.ok(known || metric === 'up', `${metric} in ${expr}`);
    }
  }
});

for (const dashboard of dashboards) {
  describe(dashboard.title, () => {
    const panels = shownPanels(dashboard);

    test('has a stable uid, a description, the browser’s time zone, and is reloaded every 30 s', () => {
      assert.match(dashboard.uid, /^xdp-(overview|node)$/);
      assert.ok(dashboard.description.length > 20);
      assert.equal(dashboard.timezone, '');
      assert.equal(dashboard.refresh, '30s');
      assert.equal(dashboard.editable, false);
    });

    test('chooses the data source by a variable', () => {
      const [first] = dashboard.templating.list;
      assert.deepEqual(
        [first?.name, first?.type, first?.query],
        ['datasource', 'datasource', 'prometheus'],
      );
      for (const { title, datasource, targets = [] } of panels) {
        assert.deepEqual(datasource, DATASOURCE, title);
        for (const target of targets) {
          assert.deepEqual(target.datasource, DATASOURCE, title);
        }
      }
    });

    test('has variables job, instance and device, of many values or all, read anew with the time range', () => {
      const variables = dashboard.templating.list.slice(1);
      assert.deepEqual(
        variables.map(({ name, label }) => `${name} ${label}`),
        ['job Job', 'instance Instance', 'device Device'],
      );
      for (const variable of variables) {
        assert.equal(variable.type, 'query');
        assert.ok(variable.multi && variable.includeAll, variable.name);
        assert.equal(variable.allValue, '.+');
        assert.equal(variable.refresh, 2);
        assert.deepEqual(variable.datasource, DATASOURCE);
      }
    });

    test('reads its variables from series of the catalogue that have the label', () => {
      for (const { name, query } of dashboard.templating.list.slice(1)) {
        const text = typeof query === 'string' ? query : query.query;
        const [, selector = '', label] = /^label_values\((.*), (\w+)\)$/.exec(text) ?? [];
        const [found] = selectorsOf(selector);
        assert.equal(label, name);
        assert.ok(SERIES.has(found?.metric ?? ''), text);
      }
    });

    test('gives every panel an id, a title, a description, a unit and a query of its own', () => {
      assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length);
      assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
      for (const panel of panels) {
        assert.ok(panel.title.length > 0);
        assert.ok((panel.description ?? '').length > 15, panel.title);
        assert.ok(panel.fieldConfig?.defaults.unit, panel.title);
        assert.ok((panel.targets ?? []).length > 0, panel.title);
      }
    });

    test('names every series in the legend by labels or in words', () => {
      for (const { title, targets = [] } of panels) {
        for (const { legendFormat, format } of targets) {
          assert.ok(format === 'table' || legendFormat, title);
        }
      }
    });

    test('asks only for metrics of the catalogue, and a few that every target has', () => {
      for (const { metric, title } of selectorsIn(panels)) {
        assert.ok(SERIES.has(metric) || FOREIGN.has(metric), `${metric} in ${title}`);
      }
    });

    test('narrows every selector by job and instance, and by device where there is one', () => {
      for (const { metric, matchers, title } of selectorsIn(panels)) {
        const labels = SERIES.get(metric)?.labels.includes('device') ? ['device'] : [];
        for (const label of ['job', 'instance', ...labels]) {
          assert.ok(matchers.includes(`${label}=~"$${label}"`), `${metric} in ${title}`);
        }
      }
    });

    test('asks for counters by rate over $__rate_interval, and for nothing else over a range', () => {
      for (const { metric, within, range, title } of selectorsIn(panels)) {
        const isCounted = within.at(-1) === 'count';
        const expected = isCounter(metric) && !isCounted ? ['rate', '$__rate_interval'] : undefined;
        assert.equal(range, expected?.[1], `${metric} in ${title}`);
        assert.ok(expected === undefined || within.at(-1) === expected[0], title);
      }
    });

    test('asks for the numbers of now where it shows one, so that nothing outlives its exporter', () => {
      for (const { title, targets = [] } of panels.filter(({ type }) => type === 'stat')) {
        assert.ok(
          targets.every(({ instant }) => instant),
          title,
        );
      }
    });

    test('tells nodes apart wherever it tells devices, CPUs or collectors apart', () => {
      for (const { title, targets = [] } of panels) {
        for (const { expr, legendFormat, format } of targets) {
          for (const [clause, labels = ''] of expr.matchAll(/\bby \(([^)]*)\)/g)) {
            const isPerNode = /\b(device|cpu|collector)\b/.test(labels);
            assert.ok(!isPerNode || /\binstance\b/.test(labels), `${clause} in ${title}`);
            const isNamed = format === 'table' || legendFormat?.includes('{{instance}}');
            assert.ok(!isPerNode || format === 'heatmap' || isNamed, title);
          }
        }
      }
    });

    test('filters by labels that the metrics have', () => {
      for (const { metric, matchers } of selectorsIn(panels)) {
        const labels: readonly string[] = SERIES.get(metric)?.labels ?? [];
        for (const matcher of matchers) {
          const [label = ''] = matcher.split(/[=!]/);
          assert.ok(['job', 'instance', ...labels].includes(label), `${matcher} of ${metric}`);
        }
      }
    });
  });
}

test('a text that is not PromQL is refused, and one that is is taken apart', () => {
  assert.throws(() => selectorsOf('sum(rate(xdp_packets_total{)'), /parse PromQL/);
  assert.deepEqual(
    selectorsOf('a - sum by (x) (rate(b{c=~"d.", e="f"}[$__rate_interval])) / g{h!="i"}'),
    [
      { metric: 'a', matchers: [], within: [], range: undefined },
      {
        metric: 'b',
        matchers: ['c=~"d."', 'e="f"'],
        within: ['sum', 'rate'],
        range: '$__rate_interval',
      },
      { metric: 'g', matchers: ['h!="i"'], within: [], range: undefined },
    ] satisfies Selector[],
  );
});
