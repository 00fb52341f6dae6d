// SPDX-License-Identifier: Apache-2.0
// The example of inhibition, in a real Alertmanager that is sent our alerts.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { findFreePort } from '../e2e/support/free-port.ts';
import { until } from '../e2e/support/namespace.ts';
import { alerts, PROJECT } from './support/rules.ts';

const FILE = fileURLToPath(new URL('deploy/prometheus/alertmanager.yml', PROJECT));

type Labels = Readonly<Record<string, string>>;

/** As /api/v2/alerts has it. */
interface AlertState {
  readonly labels: Labels;
  readonly status: { readonly state: string };
}

const NODE = { job: 'xdp', namespace: 'monitoring', node: 'n1', instance: 'n1' };
const DEVICE = { ...NODE, device: 'eth0' };

/** What fires, and what of it is silent then. */
const CASES: readonly { readonly firing: readonly Labels[]; readonly silent: readonly string[] }[] =
  [
    {
      firing: [
        { alertname: 'XdpExportersDown', job: 'xdp', namespace: 'monitoring' },
        { alertname: 'XdpExporterDown', ...NODE },
        { alertname: 'XdpWireNotIsolated', ...NODE },
      ],
      silent: ['XdpExporterDown', 'XdpWireNotIsolated'],
    },
    {
      firing: [
        { alertname: 'XdpFlood', ...DEVICE },
        { alertname: 'XdpSynFlood', ...DEVICE },
        { alertname: 'XdpMicroburst', ...DEVICE, window: '10ms' },
        { alertname: 'XdpSampling', ...NODE },
        { alertname: 'XdpExceptions', ...DEVICE, action: 'aborted' },
      ],
      silent: ['XdpFlood', 'XdpMicroburst', 'XdpSampling'],
    },
    {
      firing: [
        { alertname: 'XdpFlood', ...DEVICE },
        { alertname: 'XdpCpuSkew', ...DEVICE, device: 'eth1' },
        { alertname: 'XdpLoggerLoss', ...DEVICE, netns: 'blue', outcome: 'ring_full' },
      ],
      silent: [],
    },
    {
      firing: [
        { alertname: 'XdpDeviceDown', ...DEVICE },
        { alertname: 'XdpFlood', ...DEVICE },
        { alertname: 'XdpAborted', ...DEVICE, action: 'aborted' },
        { alertname: 'XdpExceptions', ...DEVICE, action: 'aborted' },
        { alertname: 'XdpExceptions', ...DEVICE, action: 'tx' },
      ],
      silent: ['XdpExceptions aborted', 'XdpFlood'],
    },
  ];

describe('the example of inhibition', () => {
  let alertmanager: ChildProcess;
  let url: string;
  const folder = mkdtempSync(join(tmpdir(), 'xdp-alertmanager-'));

  before(async () => {
    const address = `127.0.0.1:${await findFreePort()}`;
    url = `http://${address}/api/v2`;
    const args = [`--config.file=${FILE}`, `--storage.path=${folder}`, '--cluster.listen-address='];
    alertmanager = spawn('prometheus-alertmanager', [...args, `--web.listen-address=${address}`], {
      stdio: 'ignore',
    });
    const isReady = async () => (await fetch(`${url}/status`).catch(() => undefined))?.ok === true;
    await until('Alertmanager answers', isReady, 20);
  });
  after(async () => {
    if (alertmanager.exitCode === null) {
      alertmanager.kill();
      await once(alertmanager, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  test('is one that amtool accepts, and names alerts that there are', () => {
    const { status, stdout, stderr } = spawnSync('amtool', ['check-config', FILE]);
    assert.equal(status, 0, `${stdout}${stderr}`);
    const isOne = (pattern: string) =>
      alerts.some(({ alert }) => new RegExp(`^(${pattern})$`).test(alert));
    const named = [...readFileSync(FILE, 'utf8').matchAll(/alertname !?=~? "?([^",'\]]+)/g)];
    assert.ok(named.length > 10);
    for (const [what, pattern = ''] of named) {
      assert.ok(isOne(pattern.trim()), what);
    }
  });

  for (const [index, { firing, silent }] of CASES.entries()) {
    const names = firing.map(({ alertname }) => alertname).join(', ');
    test(`silences ${silent.join(' and ') || 'nothing'} of ${names}`, async () => {
      // A cluster of its own, so that no case sees the alerts of another.
      const cluster = `case-${index}`;
      const body = JSON.stringify(firing.map((labels) => ({ labels: { ...labels, cluster } })));
      const headers = { 'Content-Type': 'application/json' };
      const answer = await fetch(`${url}/alerts`, { method: 'POST', headers, body });
      assert.equal(answer.status, 200, await answer.text());
      const states = async (): Promise<readonly AlertState[]> =>
        (await (await fetch(`${url}/alerts?filter=cluster%3D${cluster}`)).json()) as AlertState[];
      const isJudged = ({ status }: AlertState) => status.state !== 'unprocessed';
      await until('all are judged', async () => {
        const all = await states();
        return all.length === firing.length && all.every(isJudged);
      });
      const suppressed = (await states()).filter(({ status }) => status.state === 'suppressed');
      const twice = (name: string) =>
        firing.filter(({ alertname }) => alertname === name).length > 1;
      const found = suppressed.map(({ labels: { alertname = '', action } }) =>
        twice(alertname) ? `${alertname} ${action}` : alertname,
      );
      assert.deepEqual(found.sort(), silent);
    });
  }
});
