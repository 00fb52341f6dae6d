// SPDX-License-Identifier: Apache-2.0
// The PrometheusRule of the chart, where values change what it holds.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderChart, skipWithoutHelm } from './support/helm.ts';
import { ciValues, find } from './support/objects.ts';
import { type AlertRule, alerts, isAlert, type Rule, recordings } from './support/rules.ts';

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

  test('refuses to leave out an alert that does not exist', () => {
    assert.throws(
      () => renderRules('--set', 'prometheusRule.disabled={XdpGenericmode}'),
      /prometheusRule\.disabled "XdpGenericmode": not one of XdpExporterDown/,
    );
  });
});
