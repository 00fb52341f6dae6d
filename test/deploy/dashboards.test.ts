// SPDX-License-Identifier: Apache-2.0
// The committed dashboards: those of the source, by the rules of Grafana's dashboard linter, and how they look.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { committedFiles } from '../../grafana/src/committed.ts';
import { SERIES } from './support/dashboard-series.ts';
import { allPanels, dashboards, shownPanels } from './support/dashboards.ts';
import { selectorsOf } from './support/promql.ts';
import { PROJECT } from './support/rules.ts';

const DATASOURCE = { type: 'prometheus', uid: '$datasource' };

test('the committed files are what the source makes; otherwise type: npm run dashboards', () => {
  for (const { file, text } of committedFiles()) {
    assert.equal(readFileSync(file, 'utf8'), text);
  }
  assert.equal(dashboards.length, 3);
});

test('the example of provisioning takes the scrape interval of our Prometheus, and keeps the dashboards as they are', () => {
  const yaml = (name: string) => parse(readFileSync(new URL(name, PROJECT), 'utf8'));
  const [source] = yaml('grafana/provisioning/datasources.yaml').datasources;
  const { scrape_interval: interval } = yaml('deploy/prometheus/prometheus.yml').global;
  assert.deepEqual([source.type, source.jsonData.timeInterval], ['prometheus', interval]);
  const [provider] = yaml('grafana/provisioning/dashboards.yaml').providers;
  assert.deepEqual([provider.type, provider.allowUiUpdates], ['file', false]);
});

test('what tells nodes apart on the overview leads to the node', () => {
  const overview = dashboards.find(({ uid }) => uid === 'xdp-overview');
  assert.ok(overview);
  for (const { title, targets = [], fieldConfig } of shownPanels(overview)) {
    const isPerNode = targets.some(({ legendFormat }) => legendFormat?.includes('{{instance}}'));
    const links = JSON.stringify(fieldConfig?.overrides ?? []).match(/\/d\/xdp-node\?[^"]*/g) ?? [];
    assert.equal(links.length, isPerNode ? 1 : 0, title);
    assert.ok(links.every((link) => /var-instance=\$\{__field\.labels\.instance\}/.test(link)));
  }
});

for (const dashboard of dashboards) {
  describe(dashboard.title, () => {
    const panels = shownPanels(dashboard);

    test('has a stable uid, a description, the browser’s time zone, and is reloaded every 30 s', () => {
      assert.match(dashboard.uid, /^xdp-(overview|node|observed)$/);
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

    test('has variables cluster, job, instance and device, of many values, read anew with the time range', () => {
      const variables = dashboard.templating.list.slice(1);
      assert.deepEqual(
        variables.map(({ name, label }) => `${name} ${label}`),
        ['cluster Cluster', 'job Job', 'instance Instance', 'device Device'],
      );
      for (const variable of variables) {
        assert.equal(variable.type, 'query');
        assert.ok(variable.multi, variable.name);
        // A single Prometheus has no cluster.
        assert.equal(variable.allValue, variable.name === 'cluster' ? '.*' : '.+');
        assert.equal(variable.refresh, 2);
        assert.deepEqual(variable.datasource, DATASOURCE);
      }
    });

    test('opens on everything, but that of a node on one instance', () => {
      for (const { name, includeAll, current } of dashboard.templating.list.slice(1)) {
        const isOne = dashboard.uid === 'xdp-node' && name === 'instance';
        assert.equal(includeAll, !isOne, name);
        const all = { selected: true, text: ['All'], value: ['$__all'] };
        assert.deepEqual(current, isOne ? undefined : all, name);
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

    test('marks restarts and changes of mode, looking back as far as it asks often', () => {
      const { list } = dashboard.annotations;
      assert.deepEqual(
        list.map(({ name }) => name),
        ['Restarts', 'Restarts of the process that serves', 'Mode changes'],
      );
      for (const { name, datasource, expr, step } of list) {
        assert.deepEqual(datasource, DATASOURCE);
        assert.ok(expr.includes(`[${step}]`) || expr.includes(`offset ${step}`), name);
        for (const { metric, matchers } of selectorsOf(expr)) {
          assert.ok(SERIES.has(metric), metric);
          assert.ok(matchers.includes('instance=~"$instance"'), expr);
        }
      }
    });

    test('puts no panel over another, and those of a closed row below it', () => {
      for (const row of dashboard.panels.filter(({ collapsed }) => collapsed)) {
        assert.ok((row.panels ?? []).length > 0, row.title);
        assert.equal(
          Math.min(...(row.panels ?? []).map(({ gridPos }) => gridPos.y)),
          row.gridPos.y + 1,
        );
      }
      for (const group of [dashboard.panels, ...dashboard.panels.map((row) => row.panels ?? [])]) {
        const cells = group.flatMap(({ gridPos: { x, y, w, h } }) =>
          Array.from(
            { length: w * h },
            (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`,
          ),
        );
        assert.equal(new Set(cells).size, cells.length);
      }
    });

    test('has legends of mean, maximum and last value', () => {
      for (const { title, options } of panels.filter(({ type }) => type === 'timeseries')) {
        assert.deepEqual(options?.legend?.calcs, ['mean', 'max', 'lastNotNull'], title);
      }
    });

    test('gives verdicts, protocols and kinds of TCP packets a colour of their own', () => {
      for (const { title, targets = [], fieldConfig, type } of panels) {
        for (const { legendFormat = '' } of targets.filter(() => type === 'timeseries')) {
          const [, label] = /\{\{(action|protocol|flags)\}\}$/.exec(legendFormat) ?? [];
          const example = { action: 'drop', protocol: 'ipv4 tcp', flags: 'syn' }[label ?? ''];
          const colours = (fieldConfig?.overrides ?? []).filter(
            ({ matcher, properties }) =>
              matcher.options.includes(` )${example}$`) && properties[0]?.id === 'color',
          );
          assert.equal(colours.length, example === undefined ? 0 : 1, title);
        }
      }
    });

    test('has thresholds of shares, never of absolute numbers', () => {
      for (const { title, type, fieldConfig } of panels) {
        const { unit, thresholds } = fieldConfig?.defaults ?? {};
        if (type === 'stat' && (thresholds?.steps.length ?? 0) > 1) {
          assert.equal(unit, 'percentunit', title);
        }
      }
    });

    test('gives every panel an id, a title, a description, a unit and a query of its own', () => {
      const every = allPanels(dashboard);
      assert.equal(new Set(every.map(({ id }) => id)).size, every.length);
      assert.equal(new Set(panels.map(({ title }) => title)).size, panels.length);
      for (const panel of panels) {
        assert.ok(panel.title.length > 0);
        assert.ok((panel.description ?? '').length > 15, panel.title);
        assert.ok(panel.fieldConfig?.defaults.unit, panel.title);
        assert.ok((panel.targets ?? []).length > 0, panel.title);
      }
    });
  });
}
