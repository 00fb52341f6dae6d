// SPDX-License-Identifier: Apache-2.0
// What the chart renders beside the exporter where values ask for it: other containers, objects of yours, policies.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { renderChart, skipWithoutHelm } from './support/helm.ts';
import { ciValues, containerOf, find, podOf } from './support/objects.ts';
import type { KubernetesObject } from './support/schemas.ts';

const namesOf = (containers: KubernetesObject[] = []) => containers.map(({ name }) => name);

describe('the pod of the chart', { skip: skipWithoutHelm }, () => {
  test('takes containers beside the exporter and before it, and the settings of DNS', () => {
    const pod = podOf(renderChart('--values', ciValues('containers')));
    assert.deepEqual(namesOf(pod['containers']), ['xdp-exporter', 'proxy']);
    assert.deepEqual(namesOf(pod['initContainers']), ['wait']);
    const { dnsPolicy, dnsConfig } = podOf(renderChart('--values', ciValues('dns')));
    assert.equal(dnsPolicy, 'None');
    assert.deepEqual(dnsConfig.nameservers, ['192.0.2.53']);
  });

  test('pulls its image from the nearest registry that is named, with each secret once', () => {
    const imageOf = (...args: string[]) => containerOf(renderChart(...args))['image'];
    const registry = ['--values', ciValues('registry')];
    assert.equal(imageOf(...registry), 'mirror.example.com/network/xdp-exporter:0.1.0');
    assert.equal(
      imageOf(...registry, '--set', 'global.imageRegistry='),
      'registry.example.com:5000/network/xdp-exporter:0.1.0',
    );
    assert.equal(imageOf('--set', 'image.repository=a.example.com/x'), 'a.example.com/x:0.1.0');
    assert.deepEqual(podOf(renderChart(...registry))['imagePullSecrets'], [
      { name: 'mirror' },
      { name: 'registry' },
    ]);
    assert.equal(podOf(renderChart())['imagePullSecrets'], undefined);
  });

  test('says why it ended, and lets the cluster autoscaler remove its node', () => {
    const objects = renderChart();
    assert.equal(containerOf(objects)['terminationMessagePolicy'], 'FallbackToLogsOnError');
    const { annotations } = find(objects, 'DaemonSet')['spec'].template.metadata;
    assert.deepEqual(annotations, { 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true' });
  });

  test('sees pinned programs and namespaces of the node where it is to look at them, read-only', () => {
    const rights = (name: string) => {
      const objects = renderChart('--values', ciValues(name));
      const { volumeMounts, securityContext } = containerOf(objects) as KubernetesObject;
      const [, mount] = volumeMounts;
      assert.equal(mount.readOnly, true);
      assert.equal(mount.mountPropagation, 'HostToContainer');
      assert.equal(podOf(objects)['volumes'][1].hostPath.path, mount.mountPath);
      return [mount.mountPath, ...securityContext.capabilities.add.slice(5)];
    };
    // Pinned programs are what mode observe is to open, for which it takes no capability.
    assert.deepEqual(rights('observe-pins'), ['/sys/fs/bpf']);
    assert.deepEqual(rights('netns'), ['/run/netns', 'SYS_ADMIN']);
  });
});

describe('the objects beside the DaemonSet', { skip: skipWithoutHelm }, () => {
  test('are those of yours, as maps or as text, evaluated', () => {
    const objects = renderChart('--values', ciValues('containers'));
    const maps = objects.filter(({ kind }) => kind === 'ConfigMap');
    assert.deepEqual(
      maps.map(({ metadata }) => metadata.name),
      ['extra-map', 'xdp-extra-text'],
    );
    assert.equal(maps[0]?.['data'].release, 'xdp');
  });

  test('are a NetworkPolicy that lets those in that are named', () => {
    const { spec } = find(renderChart('--values', ciValues('network-policy')), 'NetworkPolicy');
    assert.equal(spec.ingress[0].ports[0].port, 'metrics');
    assert.equal(spec.ingress[0].from.length, 1);
    const open = find(renderChart('--set', 'networkPolicy.enabled=true'), 'NetworkPolicy');
    assert.equal(open['spec'].ingress[0].from, undefined);
  });

  test('are a VerticalPodAutoscaler that leaves the limit alone, from which the heap follows', () => {
    const autoscaler = find(
      renderChart('--set', 'verticalPodAutoscaler.enabled=true'),
      'VerticalPodAutoscaler',
    )['spec'];
    assert.deepEqual(autoscaler.targetRef, {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      name: 'xdp-xdp-exporter',
    });
    assert.equal(autoscaler.updatePolicy.updateMode, 'Initial');
    assert.equal(autoscaler.resourcePolicy.containerPolicies[0].controlledValues, 'RequestsOnly');
  });

  test('are an SCC that admits the pod and nothing that it does not ask for', () => {
    for (const more of [[], ['--values', ciValues('openshift')]]) {
      const objects = renderChart('--set', 'openshift.securityContextConstraints=true', ...more);
      const scc = find(objects, 'SecurityContextConstraints');
      const pod = podOf(objects);
      const { securityContext } = containerOf(objects);
      assert.deepEqual(scc['allowedCapabilities'], securityContext.capabilities.add);
      assert.deepEqual(scc['requiredDropCapabilities'], securityContext.capabilities.drop);
      const kinds = (pod['volumes'] as KubernetesObject[]).flatMap((volume) =>
        Object.keys(volume).filter((key) => key !== 'name'),
      );
      assert.deepEqual(scc['volumes'], [...new Set(kinds)].sort());
      assert.equal(scc['allowHostDirVolumePlugin'], kinds.includes('hostPath'));
      assert.deepEqual(scc['users'], [
        `system:serviceaccount:monitoring:${pod['serviceAccountName']}`,
      ]);
      assert.equal(scc['allowPrivilegedContainer'], false);
      assert.equal(
        scc['seLinuxContext'].type,
        pod['securityContext'].seLinuxOptions ? 'RunAsAny' : 'MustRunAs',
      );
    }
    const local = [
      '--set',
      'openshift.securityContextConstraints=true',
      '--values',
      ciValues('rights'),
    ];
    assert.deepEqual(find(renderChart(...local), 'SecurityContextConstraints')['seccompProfiles'], [
      'localhost/profiles/xdp-exporter.json',
    ]);
  });
});
