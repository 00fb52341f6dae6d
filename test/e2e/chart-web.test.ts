// SPDX-License-Identifier: Apache-2.0
// The web configuration that the chart makes, given to the real binary: probes pass, and a scrape takes the password.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { renderChart, skipWithoutHelm } from '../deploy/support/helm.ts';
import { ciValues, containerOf, find } from '../deploy/support/objects.ts';
import { skipUnlessRoot } from '../kernel/support/root.ts';
import { Authority } from './support/authority.ts';
import { ExporterProcess } from './support/exporter-process.ts';
import { createNamespace, type Namespace } from './support/namespace.ts';

/** Where the chart mounts Secrets. */
const MOUNTS = '/etc/xdp-exporter';
/** Of the hash in the values. */
const PASSWORD = 'change-me';

describe('the web configuration of the chart', { skip: skipUnlessRoot || skipWithoutHelm }, () => {
  const objects = renderChart('--values', ciValues('web-config'));
  let namespace: Namespace;
  let authority: Authority;
  let exporter: ExporterProcess;

  before(async () => {
    namespace = await createNamespace();
    authority = new Authority();
    const { key, cert } = authority.sign('xdp-exporter', 'DNS:xdp-exporter');
    const folder = authority.folder;
    const write = (mount: string, files: Readonly<Record<string, string>>) => {
      mkdirSync(join(folder, mount));
      for (const [name, text] of Object.entries(files)) {
        writeFileSync(join(folder, mount, name), text.replaceAll(MOUNTS, folder), { mode: 0o400 });
      }
    };
    const [[name = '', text = ''] = []] = Object.entries<string>(find(objects, 'Secret')['data']);
    write('web', { [name]: Buffer.from(text, 'base64').toString() });
    write('tls', { 'tls.crt': cert, 'tls.key': key });
    const flags = (containerOf(objects)['args'] as string[]).filter((flag) =>
      flag.startsWith('--web.'),
    );
    exporter = await ExporterProcess.start([
      ...flags.map((flag) => flag.replace(MOUNTS, folder)),
      ...['--netns', namespace.name, '--device', 'v0'],
    ]);
  });
  after(async () => {
    await exporter?.close();
    authority?.close();
    await namespace?.close();
  });

  /** As the kubelet, who judges no certificate, or as Prometheus with the monitor's settings. */
  async function status(path: string, options: object): Promise<number | undefined> {
    return await new Promise((resolve, reject) => {
      get(new URL(path, exporter.url), options, (response) => {
        response.resume().once('end', () => resolve(response.statusCode));
      }).once('error', reject);
    });
  }

  test('lets the probes of the kubelet pass', async () => {
    const { livenessProbe, readinessProbe, startupProbe } = containerOf(objects);
    for (const { httpGet } of [livenessProbe, readinessProbe, startupProbe]) {
      assert.equal(httpGet.scheme, 'HTTPS');
      assert.equal(await status(httpGet.path, { rejectUnauthorized: false }), 200);
    }
  });

  test('asks a scrape for the password, under the name that the monitor gives', async () => {
    const [endpoint] = find(objects, 'PodMonitor')['spec'].podMetricsEndpoints;
    assert.equal(endpoint.scheme, new URL(exporter.url).protocol.slice(0, -1));
    // The certificate is judged by the name that the monitor gives, whatever the address.
    const asked = { ca: authority.cert, servername: endpoint.tlsConfig.serverName };
    assert.equal(await status(endpoint.path, asked), 401);
    assert.equal(await status(endpoint.path, { ...asked, auth: 'prometheus:wrong' }), 401);
    assert.equal(await status(endpoint.path, { ...asked, auth: `prometheus:${PASSWORD}` }), 200);
  });
});
