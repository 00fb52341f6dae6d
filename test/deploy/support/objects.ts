// SPDX-License-Identifier: Apache-2.0
// Finds what a test is about among rendered objects.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { CHART } from './helm.ts';
import type { KubernetesObject } from './schemas.ts';

/** The path of a ci values file. */
export const ciValues = (name: string) => join(CHART, 'ci', `${name}-values.yaml`);

export function find(objects: readonly KubernetesObject[], kind: string): KubernetesObject {
  const found = objects.find((object) => object['kind'] === kind);
  assert.ok(found, `no ${kind} is rendered`);
  return found;
}

export function podOf(objects: readonly KubernetesObject[]): KubernetesObject {
  return find(objects, 'DaemonSet')['spec'].template.spec;
}

export function containerOf(objects: readonly KubernetesObject[]): KubernetesObject {
  return podOf(objects)['containers'][0];
}

export function variablesOf(objects: readonly KubernetesObject[]): Record<string, string> {
  const { env } = containerOf(objects) as { env: KubernetesObject[] };
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [
      name,
      value ?? valueFrom.fieldRef?.fieldPath ?? valueFrom.secretKeyRef,
    ]),
  );
}
