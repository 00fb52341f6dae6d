// SPDX-License-Identifier: Apache-2.0
// How the chart replaces pods, and that an upgrade goes through with the values of an older version.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  CHART,
  helm,
  PROJECT,
  parseObjects,
  renderChart,
  skipWithoutHelm,
} from './support/helm.ts';
import { ciValues, containerOf, find } from './support/objects.ts';
import { validateObject } from './support/schemas.ts';

const OLDER = join(PROJECT, 'test/deploy/older-values');

/** What is off unless values ask for it. */
const EVERYTHING = ['podMonitor', 'prometheusRule', 'dashboards']
  .map((name) => `${name}.enabled=true`)
  .concat('otlp.endpoint=http://a:4318')
  .join();

const specOf = (...args: string[]) => find(renderChart(...args), 'DaemonSet')['spec'];

describe('an update of the pods', { skip: skipWithoutHelm }, () => {
  test('is one at a time, as many as a large fleet needs, or yours to begin', () => {
    assert.deepEqual(specOf().updateStrategy, {
      type: 'RollingUpdate',
      rollingUpdate: { maxUnavailable: 1 },
    });
    const fleet = specOf('--values', ciValues('large-fleet'));
    assert.deepEqual(fleet.updateStrategy.rollingUpdate, { maxUnavailable: '10%' });
    assert.equal(fleet.minReadySeconds, 15);
    assert.equal(fleet.revisionHistoryLimit, 2);
    const manual = specOf('--values', ciValues('on-delete'));
    assert.deepEqual(manual.updateStrategy, { type: 'OnDelete' });
    assert.equal(manual.revisionHistoryLimit, 0);
  });

  test('takes the name that a value had before, unless the new one is set', () => {
    const atOnce = (...args: string[]) =>
      specOf(...args).updateStrategy.rollingUpdate.maxUnavailable;
    const older = ['--values', ciValues('older')];
    assert.equal(atOnce(...older), '25%');
    assert.equal(atOnce(...older, '--set', 'updateStrategy.rollingUpdate.maxUnavailable=3'), 3);
    const notes = helm('install', 'x', CHART, '--dry-run=client', ...older);
    assert.match(
      notes,
      /maxUnavailable was renamed to updateStrategy\.rollingUpdate\.maxUnavailable/,
    );
  });

  for (const file of readdirSync(OLDER)) {
    test(`goes through with --reuse-values and those of ${file}`, () => {
      const folder = mkdtempSync(join(tmpdir(), 'xdp-older-'));
      try {
        cpSync(CHART, folder, { recursive: true });
        // What "helm upgrade --reuse-values" does: the defaults of the new chart are not looked at.
        cpSync(join(OLDER, file), join(folder, 'values.yaml'));
        for (const more of [[], ['--set', EVERYTHING]]) {
          const objects = parseObjects(helm('template', 'xdp', folder, ...more));
          for (const object of objects) {
            validateObject(object);
          }
          const { securityContext, livenessProbe } = containerOf(objects);
          assert.equal(securityContext.capabilities.add.length, 5);
          assert.equal(livenessProbe.httpGet.path, '/healthz');
          assert.ok(find(objects, 'Service'));
        }
        assert.match(helm('install', 'x', folder, '--dry-run=client'), /rollout status/);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
