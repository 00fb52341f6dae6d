// SPDX-License-Identifier: Apache-2.0
// The chart, rendered by helm as a user would.
import { execFileSync, spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import type { KubernetesObject } from './schemas.ts';

export const PROJECT = fileURLToPath(new URL('../../../../', import.meta.url));
export const CHART = join(PROJECT, 'deploy/helm/xdp-exporter');

/** Where scripts/kube-tools.sh puts helm and kubectl, before what the machine has. */
export const env = {
  ...process.env,
  PATH: `${join(PROJECT, '.cache/kube')}:${process.env['PATH']}`,
};

/** A reason where there is no helm: the package that it comes from is for x86-64 alone. */
export const skipWithoutHelm =
  spawnSync('helm', ['version'], { env }).status === 0
    ? false
    : 'needs helm and kubectl: bash scripts/kube-tools.sh, or on PATH';

/** The values files of ci/, which "helm lint" and chart-testing know by their name. */
export const CI_VALUES = readdirSync(join(CHART, 'ci')).map((name) => join(CHART, 'ci', name));

export function helm(...args: string[]): string {
  return execFileSync('helm', args, { env, encoding: 'utf8', stdio: 'pipe', timeout: 20_000 });
}

/** By arguments: helm takes a third of a second, and the same ci values serve many tests. */
const rendered = new Map<string, string>();

/** @param args such as "--set" and "web.port=1" */
export function renderChart(...args: string[]): KubernetesObject[] {
  const key = args.join('\0');
  const yaml =
    rendered.get(key) ?? helm('template', 'xdp', CHART, '--namespace', 'monitoring', ...args);
  rendered.set(key, yaml);
  return parseObjects(yaml);
}

/** Throws where the YAML is not what it should be, duplicate keys included. */
export function parseObjects(yaml: string): KubernetesObject[] {
  return parseAllDocuments(yaml, { uniqueKeys: true })
    .map((document) => {
      if (document.errors[0] !== undefined) {
        throw document.errors[0];
      }
      return document.toJS() as KubernetesObject | null;
    })
    .filter((object) => object !== null);
}
