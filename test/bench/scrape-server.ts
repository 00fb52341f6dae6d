// SPDX-License-Identifier: Apache-2.0
// A process that serves a made-up snapshot of many series by the real path, and the same text ready-made.
import { createPrometheusExporter } from '../../src/export/prometheus.ts';
import { startServer } from '../../src/http/server.ts';
import { createLogger } from '../../src/log.ts';
import { createFamilies } from '../../src/metrics/families.ts';
import { ACTIONS, type DeviceSnapshot, type Snapshot } from '../../src/snapshot/snapshot.ts';

const CPUS = 64;
/** Two families of 64 CPUs by three actions, and 27 series of totals and sizes: about 410 series a device. */
const DEVICES = 49;

/** Fresh objects for every scrape, as messages from the engine are. */
function snapshot(): Snapshot {
  return {
    takenAtMs: Date.now(),
    cpus: Array.from({ length: CPUS }, (_, cpu) => cpu),
    devices: Array.from({ length: DEVICES }, (_, index) => device(`eth${index}`)),
    collectors: [{ name: 'traffic', durationSeconds: 0.001, success: true }],
  };
}

function device(name: string): DeviceSnapshot {
  const values = (length: number) =>
    Float64Array.from({ length }, (_, index) =>
      index % ACTIONS.length < 3 ? Math.floor(Math.random() * 1e12) : 0,
    );
  return {
    name,
    up: true,
    program: { name: 'xdp_exporter', id: 1, tag: '0011223344556677', mode: 'native' },
    traffic: {
      packets: values(ACTIONS.length),
      bytes: values(ACTIONS.length),
      cpuPackets: values(CPUS * ACTIONS.length),
      cpuBytes: values(CPUS * ACTIONS.length),
    },
    packetSizes: { packets: values(21), bytes: 1e12 },
  };
}

const families = createFamilies({ version: 'bench', nodeVersion: process.version });
const prometheus = createPrometheusExporter(async () => families(snapshot()));
const ready = await prometheus.render();
const common = {
  address: { host: '127.0.0.1', port: 0 },
  telemetryPath: '/metrics',
  contentType: prometheus.contentType,
  readiness: async () => ({ ready: true }),
  log: createLogger(() => {}),
};
const real = await startServer({ ...common, render: () => prometheus.render() });
const baseline = await startServer({ ...common, render: async () => ready });
process.send?.({
  url: `${real.url}/metrics`,
  baselineUrl: `${baseline.url}/metrics`,
  series: ready.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length,
});
