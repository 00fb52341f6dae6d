// SPDX-License-Identifier: Apache-2.0
// "kubectl apply" of what the chart renders says "unchanged" the second time: no field is one that the API server leaves out.
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { describe, test } from 'node:test';
import { CI_VALUES, renderChart, skipWithoutHelm } from './support/helm.ts';
import { containerOf } from './support/objects.ts';
import type { KubernetesObject } from './support/schemas.ts';

/** What the API server keeps although it is nothing: in its types these are pointers, or required. */
const KEPT = [
  'automountServiceAccountToken',
  'enableServiceLinks',
  'allowPrivilegeEscalation',
  'privileged',
  'revisionHistoryLimit',
  'runAsGroup',
  'runAsUser',
];

/** Kinds that the API server keeps as they are sent, or whose contents are yours. */
const AS_SENT = [
  'ConfigMap',
  'PodMonitor',
  'PrometheusRule',
  'SecurityContextConstraints',
  'ServiceMonitor',
];

/** Paths of fields that say false, 0 or nothing. */
function emptyFields(value: unknown, path = ''): string[] {
  if (Array.isArray(value)) {
    return value.length === 0 ? [path] : value.flatMap((item) => emptyFields(item, path));
  }
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value);
    return entries.length === 0
      ? [path]
      : entries.flatMap(([key, child]) => emptyFields(child, `${path}/${key}`));
  }
  return value === false || value === 0 || value === '' || value === null ? [path] : [];
}

describe('what the chart renders', { skip: skipWithoutHelm }, () => {
  for (const file of CI_VALUES) {
    test(`with ${basename(file)} has no empty field that the API server leaves out, and each variable before its use`, () => {
      const objects = renderChart('--values', file);
      const left = objects
        .filter(({ kind }) => !AS_SENT.includes(kind))
        .flatMap((object) => emptyFields(object, object['kind']))
        .filter((path) => !KEPT.includes(path.split('/').at(-1) ?? ''));
      assert.deepEqual(left, []);
      const defined = new Set<string>();
      for (const { name, value = '' } of containerOf(objects)['env'] as KubernetesObject[]) {
        for (const [, reference = ''] of value.matchAll(/\$\((\w+)\)/g)) {
          assert.ok(defined.has(reference), `${name} refers to ${reference}`);
        }
        defined.add(name);
      }
    });
  }

  test('names quantities as the API server writes them', () => {
    const quantities = JSON.stringify(renderChart()).match(/"\d+(m|[KMGT]i)"/g) ?? [];
    assert.ok(quantities.length >= 4);
    for (const quantity of quantities) {
      assert.doesNotMatch(quantity, /"(\d*000m|\d*1024[KMG]i)"/);
    }
  });
});
