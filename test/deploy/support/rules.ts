// SPDX-License-Identifier: Apache-2.0
// The rules for Prometheus as they are committed.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

/** The root of the repository, seen from dist. */
export const PROJECT = new URL('../../../../', import.meta.url);

export interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

export type Rule = AlertRule | RecordingRule;

export function isAlert(rule: Rule): rule is AlertRule {
  return 'alert' in rule;
}

function readRules(name: string): readonly Rule[] {
  const text = readFileSync(new URL(`deploy/prometheus/${name}`, PROJECT), 'utf8');
  return (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules);
}

export const rules: readonly Rule[] = [
  ...readRules('recording.rules.yml'),
  ...readRules('alerts.rules.yml'),
];
export const alerts: readonly AlertRule[] = rules.filter(isAlert);
export const recordings: readonly RecordingRule[] = rules.filter(
  (rule): rule is RecordingRule => !isAlert(rule),
);
