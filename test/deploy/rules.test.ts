// SPDX-License-Identifier: Apache-2.0
// The rules for Prometheus: promtool's own tests of them, and that no alert lacks a test or a runbook.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { type AlertRule, alerts, isAlert, PROJECT, recordings, rules } from './support/rules.ts';

const TESTS = new URL('test/deploy/rules/', PROJECT);
const RUNBOOKS = 'https://github.com/xdp-exporter/xdp-exporter/blob/main/docs/runbooks.md';

interface RuleTests {
  readonly tests: readonly {
    readonly name: string;
    readonly alert_rule_test?: readonly {
      readonly alertname: string;
      readonly exp_alerts: readonly unknown[];
    }[];
  }[];
}

const testFiles = readdirSync(TESTS).map((name) => fileURLToPath(new URL(name, TESTS)));
const alertTests = testFiles
  .flatMap((file) => (parse(readFileSync(file, 'utf8')) as RuleTests).tests)
  .flatMap(({ alert_rule_test: each = [] }) => each);

function promtool(...args: string[]): void {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8' });
  assert.equal(status, 0, `${error ?? ''}${stdout}${stderr}`);
}

describe('the rules for Prometheus', () => {
  test('are loaded by a configuration that promtool accepts', () => {
    promtool('check', 'config', fileURLToPath(new URL('deploy/prometheus/prometheus.yml', PROJECT)));
  });

  test('pass their tests', () => {
    promtool('test', 'rules', ...testFiles);
  });

  test('fail their tests when an alert is taken away', () => {
    // What promtool says of a test for an alert that does not exist must not be "success".
    const { status } = spawnSync('promtool', ['test', 'rules', '/dev/stdin'], {
      input:
        'tests: [{interval: 1m, input_series: [], alert_rule_test: [{alertname: X, eval_time: 1m, exp_alerts: [{}]}]}]',
    });
    assert.notEqual(status, 0);
  });

  for (const alert of alerts) {
    describe(alert.alert, () => {
      const tests = alertTests.filter(({ alertname }) => alertname === alert.alert);

      test('is tested firing and silent', () => {
        assert.ok(tests.some(({ exp_alerts: expected }) => expected.length > 0));
        assert.ok(tests.some(({ exp_alerts: expected }) => expected.length === 0));
      });

      test('says what, where, how urgent and what to do', () => checkAnnotations(alert));
    });
  }

  test('have one section in the runbooks for each alert, and no other', () => {
    const runbooks = readFileSync(new URL('docs/runbooks.md', PROJECT), 'utf8');
    const sections = [...runbooks.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    assert.deepEqual(sections.sort(), alerts.map(({ alert }) => alert).sort());
  });

  test('are tested for no alert that does not exist', () => {
    const names = new Set(alerts.map(({ alert }) => alert));
    assert.deepEqual(
      alertTests.filter(({ alertname }) => !names.has(alertname)),
      [],
    );
  });

  test('are named level:metric:operations, where the level lists the labels', () => {
    for (const { record } of recordings) {
      assert.match(record, /^job(_[a-z]+)*:xdp_[a-z_]+:[a-z0-9_]+$/);
    }
  });

  test('have names of their own', () => {
    const names = rules.map((rule) => (isAlert(rule) ? rule.alert : rule.record));
    assert.equal(new Set(names).size, names.length);
  });
});

function checkAnnotations({ alert, expr, for: duration, labels, annotations }: AlertRule): void {
  const { summary = '', description = '', runbook_url: runbook } = annotations;
  assert.match(duration, /^\d+m$/);
  assert.match(labels['severity'] ?? '', /^(info|warning|critical)$/);
  assert.equal(runbook, `${RUNBOOKS}#${alert.toLowerCase()}`);
  if (!expr.startsWith('absent(')) {
    assert.match(summary, /\{\{ \$labels\.instance \}\}/);
    assert.match(description, /\{\{ \$labels\.instance \}\}/);
  }
  assert.match(description, /\.$/);
}
