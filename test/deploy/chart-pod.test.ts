// SPDX-License-Identifier: Apache-2.0
// The pod that the Helm chart renders: its rights, its limits, its place.
import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { describe, test } from 'node:test';
import { DEVICE } from '../../src/kernel/layout.ts';
import { CONTROL } from '../../src/options/control-socket.ts';
import { DEFAULT_SLOTS } from '../../src/options/settings.ts';
import { ringSizeBytes } from '../../src/recorder/ring.ts';
import { CHART, helm, renderChart, skipWithoutHelm } from './support/helm.ts';
import { ciValues, containerOf, podOf, variablesOf } from './support/objects.ts';

const MIB = 1024 * 1024;
/** The engine and the wire, which is given the same limit. */
const PROCESSES = 2;
/** What a pod takes at rest, rings and counters apart. */
const REST_MIB = 90;

describe("the chart's pod", { skip: skipWithoutHelm }, () => {
  test('gives the pod no more of the node than its network, five capabilities and a place for its socket', () => {
    const pod = podOf(renderChart());
    assert.equal(pod['hostNetwork'], true);
    assert.equal(pod['dnsPolicy'], 'ClusterFirstWithHostNet');
    assert.equal(pod['hostPID'], undefined);
    assert.equal(pod['hostIPC'], undefined);
    assert.equal(pod['enableServiceLinks'], false);
    assert.equal(pod['automountServiceAccountToken'], false);
    assert.deepEqual(pod['volumes'], [{ name: 'control', emptyDir: { sizeLimit: '1Mi' } }]);
    assert.deepEqual(pod['containers'][0].volumeMounts, [
      { name: 'control', mountPath: dirname(String(CONTROL['control.socket'].default)) },
    ]);
    assert.deepEqual(pod['securityContext'], {
      runAsUser: 0,
      runAsGroup: 0,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    assert.deepEqual(pod['containers'][0].securityContext, {
      allowPrivilegeEscalation: false,
      privileged: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'], add: ['BPF', 'PERFMON', 'NET_ADMIN', 'SETUID', 'SETGID'] },
    });
  });

  test('gives it more where the values say so, and still drops all others', () => {
    const container = containerOf(renderChart('--values', ciValues('rights')));
    assert.deepEqual(container['securityContext'].capabilities, {
      drop: ['ALL'],
      add: ['BPF', 'PERFMON', 'NET_ADMIN', 'SETUID', 'SETGID', 'SYS_ADMIN'],
    });
  });

  test('lets it open programs of others in mode observe alone, and names no capability twice', () => {
    const rights = (...args: string[]) => {
      const { args: flags, securityContext } = containerOf(renderChart(...args));
      return [flags[2], ...securityContext.capabilities.add.slice(5)];
    };
    assert.deepEqual(rights(), ['--mode=auto']);
    assert.deepEqual(rights('--set', 'mode=attach'), ['--mode=attach']);
    assert.deepEqual(rights('--set', 'mode=observe'), ['--mode=observe', 'SYS_ADMIN']);
    const observe = ['--values', ciValues('observe')];
    assert.deepEqual(rights(...observe), ['--mode=observe', 'SYS_ADMIN', 'SYS_RESOURCE']);
    const auto = [...observe, '--set', 'mode=auto'];
    assert.deepEqual(rights(...auto), ['--mode=auto', 'SYS_ADMIN', 'SYS_RESOURCE']);
    assert.throws(() => renderChart('--set', 'mode=Observe'), /mode/);
  });

  test('lets it lock memory with the perf transport alone, and says what else that needs', () => {
    const capabilitiesOf = (...args: string[]) =>
      containerOf(renderChart(...args))['securityContext'].capabilities.add;
    const perf = ['--values', ciValues('perf-transport')];
    assert.deepEqual(capabilitiesOf(...perf), [
      'BPF',
      'PERFMON',
      'NET_ADMIN',
      'SETUID',
      'SETGID',
      'IPC_LOCK',
    ]);
    const off = [...perf, '--set', 'logger.enabled=false'];
    assert.deepEqual(capabilitiesOf(...off), ['BPF', 'PERFMON', 'NET_ADMIN', 'SETUID', 'SETGID']);
    const notes = (...args: string[]) => helm('install', 'x', CHART, '--dry-run=client', ...args);
    assert.match(notes(...perf), /extraCapabilities: \[SYS_ADMIN\]/);
    assert.doesNotMatch(notes(), /perf/);
  });

  test('exports prefixes and not addresses unless told otherwise', () => {
    const { args } = containerOf(renderChart()) as { args: string[] };
    assert.ok(args.includes('--top.prefix-v4=24') && args.includes('--top.prefix-v6=48'));
    const whole = containerOf(renderChart('--values', ciValues('whole-addresses')));
    assert.ok(whole['args'].includes('--top.prefix-v4=32'));
    assert.match(
      helm('install', 'x', CHART, '--dry-run=client', '--set', 'topSources.prefixV4=32'),
      /single persons/,
    );
  });

  test('limits memory, and the heap of Node.js to match, but never the CPU', () => {
    for (const [limit, heap] of [
      ['448Mi', 128],
      ['384Mi', 96],
      ['1Gi', 416],
    ] as const) {
      const objects = renderChart('--set', `resources.limits.memory=${limit}`);
      assert.deepEqual(containerOf(objects)['resources'].limits, { memory: limit });
      assert.equal(variablesOf(objects)['NODE_OPTIONS'], `--max-old-space-size=${heap}`);
    }
    assert.throws(
      () => renderChart('--set', 'resources.limits.memory=383Mi'),
      /less than the 384Mi/,
    );
  });

  test('has room for both heaps, and for the rings and counters of up to 256 CPUs', () => {
    const objects = renderChart();
    const limitMib = Number.parseInt(containerOf(objects)['resources'].limits.memory, 10);
    const heapMib = Number(/\d+$/.exec(`${variablesOf(objects)['NODE_OPTIONS']}`)?.[0]);
    for (let cpus = 1; cpus <= 256; cpus++) {
      const kernelBytes = cpus * (ringSizeBytes(cpus) + DEFAULT_SLOTS * DEVICE.sizeBytes);
      const leftMib = limitMib - PROCESSES * heapMib - kernelBytes / MIB;
      assert.ok(leftMib >= REST_MIB, `${leftMib} MiB left with ${cpus} CPUs`);
    }
  });

  test('runs on every node that does not evict it', () => {
    const objects = renderChart();
    assert.deepEqual(podOf(objects)['tolerations'], [{ operator: 'Exists', effect: 'NoSchedule' }]);
  });
});
