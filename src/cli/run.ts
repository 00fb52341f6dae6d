// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter run`: serves the metrics until a signal, or until the engine ends.
import { once } from 'node:events';
import { readEngineOptions, readLogConfig, readWebConfig } from '../config.ts';
import { readOtlpConfig } from '../export/otlp/settings.ts';
import { startExporter } from '../exporter.ts';
import { createLogger, streamSink } from '../log.ts';
import type { CommandContext } from './command.ts';
import { requireDevices } from './device-list.ts';
import { findServiceManager } from './service-manager.ts';

/** @param start a test may give another */
export async function runExporter(
  { values, version, signal }: CommandContext,
  start = startExporter,
): Promise<void> {
  const { level, format } = readLogConfig(values);
  const web = readWebConfig(values);
  const engine = readEngineOptions(values);
  const otlp = readOtlpConfig(values.text('otlp.endpoint'), process.env);
  requireDevices(engine);
  const log = createLogger(streamSink(level, format, process.stderr));
  const exporter = await start({ engine, web, otlp, version }, log);
  log.info('serving', { url: exporter.url, version });
  const manager = findServiceManager(process.env, exporter);
  manager?.ready(`serving ${exporter.url}`);
  try {
    await Promise.race([stopped(signal), exporter.failed]);
    log.info('stopping');
  } finally {
    manager?.stopping();
    await exporter.close();
  }
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
}
