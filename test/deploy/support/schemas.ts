// SPDX-License-Identifier: Apache-2.0
// Judges objects by the schemas of Kubernetes and of the Prometheus operator, and finds fields that these do not know.
import {
  PodMonitor,
  PrometheusRule,
  ServiceMonitor,
} from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { DaemonSet } from 'kubernetes-models/apps/v1';
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { ConfigMap, Namespace, Secret, Service, ServiceAccount } from 'kubernetes-models/v1';
import { SecurityContextConstraints, VerticalPodAutoscaler } from './custom-resources.ts';

// biome-ignore lint/suspicious/noExplicitAny: what helm renders is any YAML until a schema has judged it
export type KubernetesObject = Record<string, any>;

const MODELS = [
  Namespace,
  ServiceAccount,
  Service,
  ConfigMap,
  Secret,
  NetworkPolicy,
  DaemonSet,
  SecurityContextConstraints,
  VerticalPodAutoscaler,
  PodMonitor,
  ServiceMonitor,
  PrometheusRule,
];

/** Throws where a schema refuses the object or does not know its kind or one of its fields. */
export function validateObject(object: KubernetesObject): void {
  const model = MODELS.find(
    ({ apiVersion, kind }) => apiVersion === object['apiVersion'] && kind === object['kind'],
  );
  if (model === undefined) {
    throw new Error(`validate ${object['apiVersion']} ${object['kind']}: no schema for it`);
  }
  const unread = new Set<string>();
  model.prototype.validate.call(watchReads(object, '', unread));
  if (unread.size > 0) {
    throw new Error(`validate ${object['kind']}: unknown fields ${[...unread].join(', ')}`);
  }
}

/**
 * These schemas let unknown fields pass. But to judge a field they must read it: what they never read, they do not know.
 *
 * @param unread paths of fields; those that are read go from it
 */
function watchReads<Value extends object>(value: Value, path: string, unread: Set<string>): Value {
  const children = new Map<string, unknown>();
  for (const [key, child] of Object.entries(value)) {
    unread.add(`${path}/${key}`);
    const isObject = typeof child === 'object' && child !== null;
    children.set(key, isObject ? watchReads(child, `${path}/${key}`, unread) : child);
  }
  return new Proxy(value, {
    get(target, key) {
      unread.delete(`${path}/${String(key)}`);
      return children.get(String(key)) ?? Reflect.get(target, key);
    },
  });
}
