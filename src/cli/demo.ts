// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter demo`: the exporter on a virtual network of its own, with generated traffic.
import { runDemo } from '../demo/demo.ts';
import type { LabEnd } from '../demo/lab.ts';
import { requireCapabilities } from '../engine/capabilities.ts';
import { withNetworks } from '../engine/networks/load.ts';
import { DeviceDownError, RequirementError } from '../errors.ts';
import { readOtlpConfig } from '../export/otlp/settings.ts';
import { startExporter } from '../exporter.ts';
import { createLog } from '../log.ts';
import { type ControlConfig, readControlConfig } from '../options/control-socket.ts';
import {
  RESCAN_INTERVAL_MS,
  readLogConfig,
  readLoggerOptions,
  readWebConfig,
} from '../options/settings.ts';
import { ACTIONS } from '../snapshot/packet-class.ts';
import type { CommandContext } from './command.ts';

/** The made-up network has a handful of servers. `run` has none by default, since a router sees destinations without end. */
const TOP_DESTINATIONS = 20;

export async function runDemoCommand({
  values,
  originOf,
  version,
  signal,
  write,
  progress,
}: CommandContext<'demo'>): Promise<void> {
  const { level, format } = readLogConfig(values);
  const web = readWebConfig(values, originOf);
  const logger = await withNetworks(
    readLoggerOptions({
      ...values,
      ...(originOf('top.destinations') === undefined
        ? { 'top.destinations': TOP_DESTINATIONS }
        : {}),
    }),
  );
  const { control } = readControlConfig(values, originOf('control.socket'));
  const durationSeconds = values.duration;
  const otlp = readOtlpConfig(values['otlp.endpoint'], process.env);
  requireCapabilities(true);
  const log = createLog(progress.sink(level, format));
  progress.show('demo: creating a virtual network, and attaching to it');
  await runDemo({
    scenario: values.scenario,
    rate: Math.round(values.rate),
    signal,
    write(text) {
      progress.clear();
      write(text);
    },
    observe: values.observe,
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(control === undefined ? {} : { topCommand: (end) => topCommand(end, control) }),
    async startExporter({ netns, device }) {
      const engine = {
        selection: { include: [device], exclude: [], defaultRoute: false },
        netns: [netns],
        slots: 1,
        mode: values.observe ? 'observe' : 'attach',
        deviceModes: [],
        xdpMode: 'native',
        attachDelayMs: 0,
        observePins: [],
        packetSizes: true,
        ...logger,
        strict: true,
        tracepoints: 'auto',
        rescanIntervalMs: RESCAN_INTERVAL_MS,
      } as const;
      const exporter = await startExporter(
        { engine, web, ...(control && { control }), otlp, version },
        log,
      ).catch((error) => (values.observe ? refuse(error) : Promise.reject(error)));
      return {
        url: exporter.urls[0],
        ...(exporter.pageUrl === undefined ? {} : { pageUrl: exporter.pageUrl }),
        failed: exporter.failed,
        close: () => exporter.close(),
        async counts() {
          const packets = [...(exporter.snapshot().parts.traffic?.[0]?.packets ?? [])];
          return {
            packets: packets.reduce((sum, count) => sum + count, 0),
            dropped: packets[ACTIONS.indexOf('drop')] ?? 0,
          };
        },
      };
    },
  });
}

/** Of the errors at the start one tells what the kernel does not let us do: no other try on this machine goes better. */
function refuse(error: unknown): never {
  throw error instanceof DeviceDownError
    ? new RequirementError(
        `demonstrate observing: ${error.message}; run the demo without --observe`,
        { cause: error },
      )
    : error;
}

/** As it is typed where the demo was started: in a clone, or anywhere. */
function topCommand({ netns, device }: LabEnd, { path, isDefault }: ControlConfig): string {
  const words =
    process.env['npm_lifecycle_event'] === 'demo' ? 'npm run top --' : 'xdp-exporter top';
  const socket = isDefault ? '' : ` --control.socket ${path}`;
  return `${words} --netns ${netns} ${device}${socket}`;
}
