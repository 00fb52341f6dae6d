// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter demo`: the exporter on a virtual network of its own, with generated traffic.
import { runDemo } from '../demo/demo.ts';
import { requireCapabilities } from '../engine/capabilities.ts';
import { readOtlpConfig } from '../export/otlp/settings.ts';
import { startExporter } from '../exporter.ts';
import { createLog } from '../log.ts';
import {
  RESCAN_INTERVAL_MS,
  readLogConfig,
  readLoggerOptions,
  readWebConfig,
} from '../options/settings.ts';
import type { CommandContext } from './command.ts';

export async function runDemoCommand({
  values,
  version,
  signal,
  write,
  progress,
}: CommandContext<'demo'>): Promise<void> {
  const { level, format } = readLogConfig(values);
  const web = readWebConfig(values);
  const logger = readLoggerOptions(values);
  const durationSeconds = values.duration;
  const otlp = readOtlpConfig(values['otlp.endpoint'], process.env);
  requireCapabilities(true);
  const log = createLog(progress.sink(level, format));
  progress.show('demo: making a virtual network, and attaching to it');
  await runDemo({
    rate: Math.round(values.rate),
    signal,
    write(text) {
      progress.clear();
      write(text);
    },
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    async startExporter({ netns, device }) {
      const engine = {
        selection: { include: [device], exclude: [], defaultRoute: false },
        netns: [netns],
        slots: 1,
        mode: 'attach',
        xdpMode: 'native',
        attachDelayMs: 0,
        observePins: [],
        packetSizes: true,
        ...logger,
        strict: true,
        tracepoints: 'auto',
        rescanIntervalMs: RESCAN_INTERVAL_MS,
      } as const;
      const exporter = await startExporter({ engine, web, otlp, version }, log);
      return {
        url: exporter.url,
        ...(exporter.pageUrl === undefined ? {} : { pageUrl: exporter.pageUrl }),
        failed: exporter.failed,
        close: () => exporter.close(),
        async packets() {
          const { parts } = exporter.snapshot();
          return parts.traffic?.[0]?.packets.reduce((sum, packets) => sum + packets, 0) ?? 0;
        },
      };
    },
  });
}
