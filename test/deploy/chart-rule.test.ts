// SPDX-License-Identifier: Apache-2.0
// The PrometheusRule of the chart, where values change what it holds.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { CHART, renderChart, skipWithoutHelm } from './support/helm.ts';
import { ciValues, find } from './support/objects.ts';
import { selectorsOf } from './support/promql.ts';
import { type AlertRule, alerts, isAlert, type Rule, recordings } from './support/rules.ts';

const VALUES = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as {
  readonly prometheusRule: { readonly thresholds: Readonly<Record<string, number>> };
};

function renderRules(...args: string[]): Rule[] {
  const rule = find(renderChart('--set', 'prometheusRule.enabled=true', ...args), 'PrometheusRule');
  return rule['spec'].groups.flatMap((group: { rules: Rule[] }) => group.rules);
}

describe('the PrometheusRule of the chart', { skip: skipWithoutHelm }, () => {
  test('leaves out the alerts that it is told to, and keeps all other rules', () => {
    const rendered = renderRules('--values', ciValues('prometheus-rule'));
    const disabled = ['XdpGenericMode', 'XdpCpuSkew'];
    assert.deepEqual(
      rendered.filter(isAlert).map(({ alert }) => alert),
      alerts.map(({ alert }) => alert).filter((alert) => !disabled.includes(alert)),
    );
    assert.deepEqual(
      rendered.filter((rule) => !isAlert(rule)),
      recordings,
    );
  });

  test('adds labels to every alert, and lets them win', () => {
    const rendered = renderRules('--values', ciValues('prometheus-rule')).filter(isAlert);
    const byName = new Map<string, AlertRule>(alerts.map((alert) => [alert.alert, alert]));
    for (const alert of rendered) {
      const { labels } = byName.get(alert.alert) ?? {};
      assert.deepEqual(alert, {
        ...byName.get(alert.alert),
        labels: { ...labels, team: 'network', severity: 'page' },
      });
    }
  });

  test('has a value for each threshold of the rules, and no other, with the same default', () => {
    const numbers = alerts.flatMap(({ expr }) => [...expr.matchAll(/([\d.]+) # (\w+)$/gm)]);
    const inRules = Object.fromEntries(numbers.map(([, number, name]) => [name, Number(number)]));
    assert.deepEqual(inRules, VALUES.prometheusRule.thresholds);
    assert.equal(numbers.length, Object.keys(inRules).length);
  });

  test('sets every threshold, and nothing else with it', () => {
    const { thresholds } = VALUES.prometheusRule;
    const sets = Object.keys(thresholds).map((name, index) => {
      return `prometheusRule.thresholds.${name}=${index + 0.125}`;
    });
    const rendered = renderRules('--set', sets.join(',')).filter(isAlert);
    const expected = alerts.map((alert) => ({
      ...alert,
      expr: alert.expr.replaceAll(/[\d.]+ # (\w+)$/gm, (_, name: string) => {
        return `${Object.keys(thresholds).indexOf(name) + 0.125} # ${name}`;
      }),
    }));
    assert.deepEqual(rendered, expected);
  });

  test('writes large thresholds so that Prometheus reads them', () => {
    const rendered = renderRules(
      '--set',
      'prometheusRule.thresholds.floodPacketsPerSecond=25000000',
    );
    const flood = rendered.filter(isAlert).find(({ alert }) => alert === 'XdpFlood');
    const [, number] = /> (\S+) # floodPacketsPerSecond/.exec(flood?.expr ?? '') ?? [];
    assert.equal(Number(number), 25_000_000);
    assert.ok(selectorsOf(flood?.expr ?? '').length > 0);
  });

  test('sets how long conditions must hold, and where the runbooks are', () => {
    const rendered = renderRules(
      '--set',
      'prometheusRule.for.XdpFlood=7m,prometheusRule.runbookUrl=https://wiki.example/xdp',
    ).filter(isAlert);
    const expected = alerts.map((alert) => ({
      ...alert,
      for: alert.alert === 'XdpFlood' ? '7m' : alert.for,
      annotations: {
        ...alert.annotations,
        runbook_url: `https://wiki.example/xdp#${alert.alert.toLowerCase()}`,
      },
    }));
    assert.deepEqual(rendered, expected);
  });

  test('has no group without rules', () => {
    const names = alerts.map(({ alert }) => alert);
    const rendered = find(
      renderChart(
        '--set',
        `prometheusRule.enabled=true,prometheusRule.disabled={${names.join(',')}}`,
      ),
      'PrometheusRule',
    )['spec'].groups;
    assert.ok(rendered.length > 0);
    for (const { rules } of rendered) {
      assert.ok(rules.length > 0);
    }
  });

  test('refuses a threshold that is none, and a duration of an alert that does not exist', () => {
    assert.throws(() => renderRules('--set', 'prometheusRule.thresholds.floodfactor=3'));
    assert.throws(() => renderRules('--set', 'prometheusRule.thresholds.floodFactor=-3'));
    assert.throws(
      () => renderRules('--set', 'prometheusRule.for.XdpFlod=7m'),
      /prometheusRule\.for "XdpFlod": not one of XdpExporterDown/,
    );
  });

  test('refuses to leave out an alert that does not exist', () => {
    assert.throws(
      () => renderRules('--set', 'prometheusRule.disabled={XdpGenericmode}'),
      /prometheusRule\.disabled "XdpGenericmode": not one of XdpExporterDown/,
    );
  });
});
