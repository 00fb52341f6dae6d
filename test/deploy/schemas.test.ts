// SPDX-License-Identifier: Apache-2.0
// The judge of the manifests is not blind: it finds what is misspelt, misplaced or of the wrong type.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { PROJECT, parseObjects } from './support/helm.ts';
import { type KubernetesObject, validateObject } from './support/schemas.ts';

function readDaemonSet(): KubernetesObject {
  const text = readFileSync(join(PROJECT, 'deploy/kubernetes/base/xdp-exporter.yaml'), 'utf8');
  const daemonSet = parseObjects(text).find(({ kind }) => kind === 'DaemonSet');
  assert.ok(daemonSet);
  return daemonSet;
}

describe('validateObject', () => {
  const faults: [string, (pod: KubernetesObject) => void, RegExp][] = [
    [
      'a misspelt field of a pod',
      (pod) => Object.assign(pod, { hostNetwrk: true }),
      /unknown fields \/spec\/template\/spec\/hostNetwrk/,
    ],
    [
      'a field of a container that belongs to the pod',
      (pod) => Object.assign(pod['containers'][0], { seccompProfile: { type: 'RuntimeDefault' } }),
      /containers\/0\/seccompProfile/,
    ],
    [
      'a number that should be text',
      (pod) => Object.assign(pod['containers'][0].env[1], { value: 1 }),
      /env\/1\/value/,
    ],
    ['a container without a name', (pod) => delete pod['containers'][0].name, /name/],
  ];
  for (const [what, spoil, message] of faults) {
    test(`finds ${what}`, () => {
      const daemonSet = readDaemonSet();
      validateObject(daemonSet);
      spoil(daemonSet['spec'].template.spec);
      assert.throws(() => validateObject(daemonSet), message);
    });
  }

  test('refuses a kind that it has no schema for', () => {
    assert.throws(() => validateObject({ apiVersion: 'v1', kind: 'Pot' }), /no schema for it/);
  });
});
