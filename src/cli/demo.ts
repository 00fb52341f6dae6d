// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter demo`: the exporter on a virtual network of its own, with generated traffic.
import {
  type RawValues,
  RESCAN_INTERVAL_MS,
  readLogConfig,
  readLoggerOptions,
  readNumber,
  readWebConfig,
} from '../config.ts';
import { runDemo } from '../demo/demo.ts';
import { readOtlpConfig } from '../export/otlp/settings.ts';
import { startExporter } from '../exporter.ts';
import { createLogger, streamSink } from '../log.ts';
import type { CommandContext } from './command.ts';

export async function runDemoCommand({
  values,
  version,
  signal,
  write,
}: CommandContext): Promise<void> {
  const { level, format } = readLogConfig(values);
  const web = readWebConfig(values);
  const logger = readLoggerOptions(values);
  const { rate, durationSeconds } = readDemoConfig(values);
  const otlp = readOtlpConfig(values.text('otlp.endpoint'), process.env);
  const log = createLogger(streamSink(level, format, process.stderr));
  await runDemo({
    rate,
    signal,
    write,
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    async startExporter({ netns, device }) {
      const engine = {
        selection: { include: [device], exclude: [], defaultRoute: false },
        netns: [netns],
        slots: 1,
        mode: 'attach',
        xdpMode: 'native',
        attachDelayMs: 0,
        packetSizes: true,
        ...logger,
        strict: true,
        rescanIntervalMs: RESCAN_INTERVAL_MS,
      } as const;
      const exporter = await startExporter({ engine, web, otlp, version }, log);
      return {
        url: exporter.url,
        failed: exporter.failed,
        close: () => exporter.close(),
        async packets() {
          const { parts } = await exporter.snapshot();
          return parts.traffic?.[0]?.packets.reduce((sum, packets) => sum + packets, 0) ?? 0;
        },
      };
    },
  });
}

function readDemoConfig(values: RawValues): { rate: number; durationSeconds: number | undefined } {
  const rates = { min: 1, max: 1e7, unit: 'packets per second' };
  const durations = { min: 1, max: 86_400, unit: 'seconds' };
  return {
    rate: Math.round(readNumber('rate', values.text('rate'), rates) ?? 0),
    durationSeconds: readNumber('duration', values.text('duration'), durations),
  };
}
