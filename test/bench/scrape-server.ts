// SPDX-License-Identifier: Apache-2.0
// A process that serves a made-up snapshot of many series by the real path, and the same text ready-made.

import { createFamilies } from '../../src/catalogue/families.ts';
import { createPrometheusExporter } from '../../src/export/prometheus.ts';
import { startServer } from '../../src/http/server.ts';
import { ListeningSocket } from '../../src/kernel/listening-socket.ts';
import { createLog } from '../../src/log.ts';
import { makeSnapshot } from './many-series.ts';

const families = createFamilies({ version: 'bench', nodeVersion: process.version });
const prometheus = createPrometheusExporter(async () => families(makeSnapshot()), {
  disableExporterMetrics: false,
});
const ready = await prometheus.render(undefined);
const listen = async () => [{ fd: (await ListeningSocket.open('127.0.0.1', 0)).fd }];
const common = {
  telemetryPath: '/metrics',
  readiness: async () => ({ ready: true }),
  log: createLog(() => {}),
};
const real = await startServer({ ...common, listeners: await listen(), render: prometheus.render });
const baseline = await startServer({
  ...common,
  listeners: await listen(),
  render: async () => ready,
});
process.send?.({
  url: `${real.urls[0]}/metrics`,
  baselineUrl: `${baseline.urls[0]}/metrics`,
  series: ready.body
    .toString()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#')).length,
});
