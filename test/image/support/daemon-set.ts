// SPDX-License-Identifier: Apache-2.0
// The rights that the DaemonSet of deploy/kubernetes asks for.
import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

const MANIFEST = new URL('../../../../deploy/kubernetes/base/xdp-exporter.yaml', import.meta.url);

/** As far as tests use it; see SecurityContext in the API of Kubernetes. */
export interface SecurityContext {
  readonly capabilities: { readonly add: readonly string[]; readonly drop: readonly string[] };
}

/** Of the container. */
export function readSecurityContext(): SecurityContext {
  const objects = parseAllDocuments(readFileSync(MANIFEST, 'utf8')).map((part) => part.toJS());
  const daemonSet = objects.find((object) => object?.kind === 'DaemonSet');
  return daemonSet.spec.template.spec.containers[0].securityContext;
}
