// SPDX-License-Identifier: Apache-2.0
// Who pushes: the resource that all metrics carry, and an instance id that a restart does not change.
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { v5 as uuidV5 } from 'uuid';

/** What tells two exporters on one host apart. */
export interface Identity {
  readonly version: string;
  /** "host:port" that it serves on: the host as it was asked for, the port as it is. */
  readonly listenAddress: string;
  /** Of the network namespace of the devices; 0 for one that has gone. */
  readonly netnsInode: number;
}

/** Of our own making (RFC 9562, section 5.5). */
const INSTANCE_NAMESPACE = '6d0b6c5e-2f0b-4c5d-9d6e-7b1f3a0c8e24';

/** What is given wins. No detector of the process is asked: arguments and paths are nobody's business. */
export function createResource(
  { version, listenAddress, netnsInode }: Identity,
  given: Readonly<Record<string, string>>,
): Resource {
  const host = given['k8s.node.name'] || readMachineId();
  const found = resourceFromAttributes({
    'service.name': 'xdp-exporter',
    'service.version': version,
    'service.instance.id': uuidV5(
      JSON.stringify([host, netnsInode, listenAddress]),
      INSTANCE_NAMESPACE,
    ),
    'host.name': hostname(),
  });
  return defaultResource().merge(found).merge(resourceFromAttributes(given));
}

/** machine-id(5). A container may have none; its host name then is what is stable. */
function readMachineId(): string {
  try {
    return readFileSync('/etc/machine-id', 'utf8').trim() || hostname();
  } catch {
    return hostname();
  }
}
