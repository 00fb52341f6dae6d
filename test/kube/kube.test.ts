// SPDX-License-Identifier: Apache-2.0
// The DaemonSet as rendered, played by podman on a node that the test made: it runs, answers its probes, and counts.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGenerator } from '../../src/demo/generator-process.ts';
import { createLab, type Lab } from '../../src/demo/lab.ts';
import { CHART, helm, parseObjects, skipWithoutHelm } from '../deploy/support/helm.ts';
import { parseExposition, type Samples, sumOf } from '../e2e/support/exposition.ts';
import { cgroupBytes, tellMemory } from '../e2e/support/memory.ts';
import { until } from '../e2e/support/namespace.ts';
import { assertWithoutRights, engineIn, statusOf, wireOf } from '../e2e/support/wire-pid.ts';
import { IMAGE } from '../image/support/built-image.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { withImageArchive } from './support/archive.ts';
import { createNode, type KubernetesNode } from './support/node.ts';
import { CONTAINERD_PROFILE } from './support/podman-root.ts';

const FRAMES = 100_000;
/** What a ring holds for a while where the machine is busy. */
const RATE = 50_000;
const NODE_ADDRESS = '192.0.2.10';
const PLAYED_IMAGE = 'localhost/xdp-exporter-probed:test';

/**
 * Podman has no kubelet: it runs probes as "curl" inside of the container, where the image has none. This stands in for
 * it, and is the one thing that the image is given.
 */
const CURL = `#!/usr/local/bin/node
fetch(process.argv.at(-1)).then(({ ok }) => process.exit(ok ? 0 : 22), () => process.exit(7));
`;

/** By values, what the kubelet would tell by the downward API, which podman does not know in full. */
const VALUES = {
  'image.repository': PLAYED_IMAGE.split(':')[0],
  'image.tag': 'test',
  'image.pullPolicy': 'Never',
  'devices.defaultRoute': false,
  'devices.include': '{demo0}',
  'web.host': NODE_ADDRESS,
  'namespace.create': true,
} as const;

describe('the DaemonSet', { skip: skipUnlessRoot || skipWithoutHelm }, () => {
  let lab: Lab;
  let node: KubernetesNode;
  let manifest: string;
  let container: string;

  before(async () => {
    lab = await createLab({ name: 'kube' });
    node = await createNode(lab.rx.netns);
    await node.inside('ip', 'link', 'set', 'lo', 'up');
    await node.inside('ip', 'address', 'add', `${NODE_ADDRESS}/24`, 'dev', lab.rx.device);
    await withImageArchive(async (archive) => {
      await node.run('load', '--input', node.copyIn(archive));
    });
    node.write('curl', CURL);
    const lines = `FROM ${IMAGE}\nCOPY --chmod=755 curl /usr/bin/curl\n`;
    const file = node.write('Containerfile', lines);
    await node.run('build', '--pull=never', '--tag', PLAYED_IMAGE, '--file', file, '/mnt');
    const sets = Object.entries(VALUES).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
    manifest = helm('template', 'xdp-exporter', CHART, '--namespace', 'xdp-exporter', ...sets);
  });
  after(async () => {
    await node?.close();
    await lab?.close();
  });

  async function play(): Promise<void> {
    await node.run('kube', 'play', node.write('manifest.yaml', manifest));
    const names = await node.run(
      'ps',
      '--format',
      '{{.Names}}',
      '--filter',
      `ancestor=${PLAYED_IMAGE}`,
    );
    container = names.trim();
    await until('the exporter serves', async () => (await readLog()).includes('msg=serving'), 20);
  }
  const takeDown = () => node.run('kube', 'down', '/mnt/manifest.yaml');

  const netns = () => `/run/netns/${lab.rx.netns}`;

  function readDaemonSet() {
    const daemonSet = parseObjects(manifest).find(({ kind }) => kind === 'DaemonSet');
    assert.ok(daemonSet);
    return daemonSet['spec'];
  }

  async function readLog(): Promise<string> {
    const { stdout, stderr } = await node.try('logs', container);
    return stdout + stderr;
  }

  async function inspect(format: string): Promise<string> {
    return (await node.run('inspect', '--format', format, container)).trim();
  }

  /** As the kubelet would ask: from the node, at the address and the port that the probe names. */
  async function request(path: string): Promise<{ status: number; body: string }> {
    const program =
      'fetch(process.argv[1]).then(async (reply) => process.stdout.write(JSON.stringify({ status: reply.status, body: await reply.text() })))';
    const url = `http://${NODE_ADDRESS}:10390${path}`;
    return JSON.parse(await node.inside(process.execPath, '-e', program, url));
  }
  const scrape = async (): Promise<Samples> => parseExposition((await request('/metrics')).body);

  /** Sends frames; resolves to the samples when all are counted and those that can be are read. */
  async function send(): Promise<Samples> {
    const { sent } = await startGenerator({ ...lab.tx, frames: FRAMES, rate: RATE }).done;
    assert.equal(sent, FRAMES);
    let samples = await scrape();
    await until('all is read', async () => {
      samples = await scrape();
      return (
        sumOf(samples, 'xdp_packets_total') >= FRAMES &&
        sumOf(samples, 'xdp_logger_pending_packets') === 0
      );
    });
    return samples;
  }

  describe('where the runtime has the rules of containerd', () => {
    before(async () => {
      node.setSeccompProfile(CONTAINERD_PROFILE);
      await play();
    });
    after(takeDown);

    test('runs with the rights that the manifest gives and no other', async () => {
      const caps = '{{range .EffectiveCaps}}{{.}} {{end}}';
      assert.equal(await inspect(caps), 'CAP_BPF CAP_NET_ADMIN CAP_PERFMON CAP_SETGID CAP_SETUID');
      const { stdout } = await node.try('exec', container, 'cat', '/proc/1/status');
      assert.match(stdout, /^NoNewPrivs:\s1$/m);
      assert.match(stdout, /^Seccomp:\s2$/m);
      assert.match(stdout, /^Uid:\s0\s/m);
      assert.equal(await inspect('{{.HostConfig.ReadonlyRootfs}}'), 'true');
      assert.equal(await inspect('{{.HostConfig.Memory}}'), `${448 * 1024 * 1024}`);
    });

    test('starts what talks to the network as nobody, without any capability', async () => {
      const wire = wireOf(engineIn(netns())) ?? assert.fail('there is no wire');
      assertWithoutRights(wire);
      assert.equal(statusOf(wire, 'Uid')[0], '65534\t65534\t65534\t65534');
      assert.equal(sumOf(await scrape(), 'xdp_exporter_wire_info', { isolation: 'user' }), 1);
    });

    test('passes the probes of the manifest', async () => {
      const { startupProbe, livenessProbe, readinessProbe } =
        readDaemonSet().template.spec.containers[0];
      for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) {
        assert.equal(httpGet.host, NODE_ADDRESS);
        assert.equal((await request(httpGet.path)).status, 200, httpGet.path);
      }
    });

    test('is healthy to podman', async () => {
      // The first is the startup probe; those after it are the liveness probe.
      for (let round = 0; round < 3; round++) {
        const { code, stdout, stderr } = await node.try('healthcheck', 'run', container);
        assert.equal(code, 0, stdout + stderr);
      }
      assert.equal(await inspect('{{.State.Health.Status}}'), 'healthy');
      assert.equal(await inspect('{{.State.Running}} {{.RestartCount}}'), 'true 0');
    });

    test('counts and logs exactly 100,000 frames in native mode', async () => {
      const samples = await send();
      assert.equal(sumOf(samples, 'xdp_packets_total', { action: 'pass' }), FRAMES);
      assert.equal(sumOf(samples, 'xdp_logger_packets_total', { outcome: 'decoded' }), FRAMES);
      const log = await readLog();
      assert.match(log, /msg=attached device=demo0 mode=native/);
      assert.doesNotMatch(log, /level=(warn|error)/);
    });

    test('is joined by top and log that kubectl exec runs in the pod', async () => {
      const exec = (...args: string[]) => node.run('exec', container, 'xdp-exporter', ...args);
      const report = await exec('top', 'demo0', '--once', '-o', 'json');
      assert.ok(JSON.parse(report).devices[0].total.packets >= FRAMES, report);
      const logging = exec('log', 'demo0', '--count', '3');
      const load = startGenerator({ ...lab.tx, rate: RATE, durationSeconds: 30 });
      assert.match(await logging.finally(() => load.stop()), /^(.+\n){3}$/);
    });

    test('takes no more memory than it requests, rings included, after 100 scrapes', async (t) => {
      for (let round = 0; round < 100; round++) {
        await scrape();
      }
      const engine = engineIn(netns());
      t.diagnostic(tellMemory(engine));
      const { resources } = readDaemonSet().template.spec.containers[0];
      const [, mib = ''] = /^(\d+)Mi$/.exec(resources.requests.memory) ?? [];
      assert.ok(cgroupBytes(engine) <= Number(mib) * 1024 * 1024, tellMemory(engine));
    });

    test('tells sources apart by network and not by address', async () => {
      const mix = [
        {
          family: 4,
          protocol: 'udp',
          length: 90,
          sources: { kind: 'uniform', count: 250, prefix: '192.0.2.1/24' },
        },
        {
          family: 6,
          protocol: 'udp',
          length: 90,
          sources: { kind: 'cycle', count: 9, prefix: '2001:db8:2::1/48' },
        },
      ] as const;
      await startGenerator({ ...lab.tx, frames: FRAMES, mix }).done;
      let sources: string[] = [];
      await until('both networks have series', async () => {
        const keys = [...(await scrape()).keys()];
        sources = keys.flatMap(
          (key) => /^xdp_source_packets_total\{.*source_address="([^"]+)"/.exec(key)?.[1] ?? [],
        );
        return ['192.0.2.0/24', '2001:db8:2::/48'].every((network) => sources.includes(network));
      }).catch(() => {});
      const addresses = sources.filter((source) => !/^other$|\.0\/24$|::\/48$/.test(source));
      assert.deepEqual(addresses, []);
      assert.ok(
        sources.includes('192.0.2.0/24') && sources.includes('2001:db8:2::/48'),
        `${sources}`,
      );
    });
  });

  describe("where the runtime has podman's rules, which refuse perf_event_open()", () => {
    before(async () => {
      node.setSeccompProfile();
      await play();
    });
    after(takeDown);

    test('counts and logs exactly as many', async () => {
      const samples = await send();
      assert.equal(sumOf(samples, 'xdp_packets_total', { action: 'pass' }), FRAMES);
      assert.equal(sumOf(samples, 'xdp_logger_packets_total', { outcome: 'decoded' }), FRAMES);
      assert.doesNotMatch(await readLog(), /level=(warn|error)/);
      assert.equal((await request('/readyz')).status, 200);
    });
  });

  test('leaves the device when it is taken down', async () => {
    await play();
    const hasProgram = async () =>
      (await node.inside('ip', '-details', 'link', 'show', lab.rx.device)).includes('prog/xdp');
    assert.equal(await hasProgram(), true);
    await takeDown();
    assert.equal(await hasProgram(), false);
  });
});
