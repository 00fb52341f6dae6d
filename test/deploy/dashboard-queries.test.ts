// SPDX-License-Identifier: Apache-2.0
// The queries of the committed dashboards: PromQL over metrics that exist, by the rules of Grafana's dashboard linter.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  FOREIGN,
  isCounter,
  labelsOf,
  OF_NODE,
  RECORDED,
  SERIES,
  selectorsIn,
  variableLabels,
} from './support/dashboard-series.ts';
import { dashboards, shownPanels } from './support/dashboards.ts';
import { type Selector, selectorsOf } from './support/promql.ts';
import { rules } from './support/rules.ts';

test('every rule is PromQL over metrics of the catalogue and series that another rule records', () => {
  for (const { expr } of rules) {
    for (const { metric } of selectorsOf(expr)) {
      const known = SERIES.has(metric) || RECORDED.has(metric);
      assert.ok(known || metric === 'up', `${metric} in ${expr}`);
    }
  }
});

test('the overview asks for what is recorded, and for a few gauges of one series a node', () => {
  const overview = dashboards.find(({ uid }) => uid === 'xdp-overview');
  assert.ok(overview);
  const raw = selectorsIn(shownPanels(overview)).filter(({ metric }) => !RECORDED.has(metric));
  assert.deepEqual([...new Set(raw.map(({ metric }) => metric))].sort(), [
    'up',
    'xdp_device_lower_info',
    'xdp_logger_sample_interval',
  ]);
});

for (const dashboard of dashboards) {
  describe(dashboard.title, () => {
    const panels = shownPanels(dashboard);

    test('names every series in the legend by labels or in words', () => {
      for (const { title, targets = [] } of panels) {
        for (const { legendFormat, format } of targets) {
          assert.ok(format === 'table' || legendFormat, title);
        }
      }
    });

    test('asks only for metrics of the catalogue, what rules record of them, and a few of others', () => {
      const known = [SERIES, FOREIGN, RECORDED, OF_NODE];
      for (const { metric, title } of selectorsIn(panels)) {
        assert.ok(
          known.some((each) => each.has(metric)),
          `${metric} in ${title}`,
        );
      }
    });

    test('narrows every selector by the variables whose labels its series have', () => {
      for (const { metric, matchers, title } of selectorsIn(panels)) {
        for (const label of variableLabels(metric)) {
          assert.ok(matchers.includes(`${label}=~"$${label}"`), `${metric} in ${title}`);
        }
      }
    });

    test('joins what is of node_exporter with the chosen instances, by node', () => {
      for (const { title, targets = [] } of panels) {
        for (const { expr } of targets) {
          const isJoined = /on \(cluster, node(, device)?\) group_left \(instance\)/.test(expr);
          const foreign = selectorsOf(expr).filter(({ metric }) => OF_NODE.has(metric));
          assert.equal(isJoined, foreign.length > 0, title);
          assert.ok(
            foreign.every(({ matchers }) => matchers.includes('node!=""')),
            title,
          );
        }
      }
    });

    test('asks for counters by rate over $__rate_interval or increase over $__range, and for nothing else over a range', () => {
      const ranges: Record<string, string> = { rate: '$__rate_interval', increase: '$__range' };
      for (const { metric, within, range, title } of selectorsIn(panels)) {
        const last = within.at(-1) ?? '';
        const expected = isCounter(metric) && last !== 'count' ? ranges[last] : undefined;
        assert.equal(range, expected, `${metric} in ${title}`);
        assert.ok(!isCounter(metric) || last === 'count' || range !== undefined, title);
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
      const always = ['cluster', 'job', 'instance', 'node', 'netns'];
      for (const { metric, matchers } of selectorsIn(panels)) {
        for (const matcher of matchers) {
          const [label = ''] = matcher.split(/[=!]/);
          const has = [...always, ...labelsOf(metric)];
          assert.ok(has.includes(label), `${matcher} of ${metric}`);
        }
      }
    });
    test('asks for increases over what is shown, where a table adds up', () => {
      for (const { title, targets = [] } of panels.filter(({ type }) => type === 'table')) {
        for (const { expr } of targets) {
          assert.ok(!expr.includes('$__rate_interval') || title === 'Hardware', title);
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
