// SPDX-License-Identifier: Apache-2.0
// The rules for Prometheus: promtool's own tests of them, and that no alert lacks a test or a runbook.
import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { type AlertRule, alerts, isAlert, PROJECT, recordings, rules } from './support/rules.ts';

const TESTS = new URL('test/deploy/rules/', PROJECT);
const RUNBOOKS = 'https://github.com/xdp-exporter/xdp-exporter/blob/main/docs/runbooks.md';

/** Alerts on all exporters of a job together. */
const JOB_ALERTS = ['XdpExportersDown'];

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

/** Runs the tests against alerts that `change` has made worse. */
function promtoolWith(change: (rule: AlertRule) => AlertRule): SpawnSyncReturns<string> {
  const folder = mkdtempSync(join(tmpdir(), 'xdp-rules-'));
  try {
    for (const name of ['deploy/prometheus', 'test/deploy/rules']) {
      cpSync(new URL(name, PROJECT), join(folder, name), { recursive: true });
    }
    const changed = { groups: [{ name: 'changed', rules: alerts.map(change) }] };
    writeFileSync(join(folder, 'deploy/prometheus/alerts.rules.yml'), stringify(changed));
    const files = readdirSync(TESTS).map((name) => join(folder, 'test/deploy/rules', name));
    return spawnSync('promtool', ['test', 'rules', ...files], { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('the rules for Prometheus', () => {
  test('are loaded by a configuration that promtool accepts', () => {
    promtool(
      'check',
      'config',
      fileURLToPath(new URL('deploy/prometheus/prometheus.yml', PROJECT)),
    );
  });

  test('pass their tests', () => {
    promtool('test', 'rules', ...testFiles);
  });

  for (const [what, expr] of [
    ['never', 'vector(0) > 1'],
    ['always', 'vector(1)'],
  ] as const) {
    test(`fail the tests of every alert when it ${what} fires`, () => {
      const { status, stdout, stderr } = promtoolWith((rule) => ({ ...rule, expr }));
      assert.notEqual(status, 0);
      const failed = [...`${stdout}${stderr}`.matchAll(/alertname: (\w+)/g)].map(
        ([, name]) => name,
      );
      assert.deepEqual([...new Set(failed)].sort(), alerts.map(({ alert }) => alert).sort());
    });
  }

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

  test('keep cluster, namespace and node wherever they aggregate or match', () => {
    for (const { expr } of rules) {
      for (const [clause, labels = ''] of expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)) {
        assert.match(labels, /^cluster, namespace, job\b/, `${clause} in ${expr}`);
        const perNode = /^cluster, namespace, job, node, instance\b/;
        assert.equal(perNode.test(labels), /\binstance\b/.test(labels), `${clause} in ${expr}`);
      }
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
    const place = JOB_ALERTS.includes(alert) ? 'job' : 'instance';
    assert.ok(summary.includes(`{{ $labels.${place} }}`), summary);
    assert.ok(description.includes(`{{ $labels.${place} }}`), description);
  }
  assert.match(description, /\.$/);
}
