// SPDX-License-Identifier: Apache-2.0
// `xdp-exporter run`: serves the metrics until a signal, or until the engine ends.
import { once } from 'node:events';
import { withNetworks } from '../engine/networks/load.ts';
import type { EngineOptions } from '../engine/options.ts';
import { findDropUser } from '../engine/privileges.ts';
import { ConfigError, failToLoad } from '../errors.ts';
import { readOtlpConfig } from '../export/otlp/settings.ts';
import { startExporter } from '../exporter.ts';
import { createLog } from '../log.ts';
import { readControlConfig } from '../options/control-socket.ts';
import { readDropUser } from '../options/drop-privileges.ts';
import {
  isEmptySelection,
  NO_DEVICES,
  readEngineOptions,
  readLogConfig,
  readSelection,
  readWebConfig,
  type WebConfig,
} from '../options/settings.ts';
import type { CommandContext } from './command.ts';
import { createReload } from './reload.ts';
import { findServiceManager } from './service-manager.ts';

/** @param start a test may give another */
export async function runExporter(
  context: CommandContext<'run'>,
  start = startExporter,
): Promise<void> {
  const { values, originOf, reread, version, signal, progress } = context;
  // What comes before it serves has nothing to change yet, and must not end it.
  let reload = () => {};
  context.onHangup(() => reload());
  const web = readWebConfig(values, originOf);
  const engine = await withNetworks(readEngineOptions(values, originOf('strict')));
  await requireStateDirectory(engine);
  const control = readControlConfig(values, originOf('control.socket'));
  const dropUser = readDropUser(values);
  const dropping = dropUser === undefined ? {} : { dropTo: findDropUser(dropUser) };
  const otlp = readOtlpConfig(values['otlp.endpoint'], process.env);
  const sinkOf = (next: CommandContext<'run'>['values']) => {
    const { level, format } = readLogConfig(next);
    return progress.sink(level, format);
  };
  let sink = sinkOf(values);
  const log = createLog((record) => sink(record));
  if (values['web.config.check']) {
    await checkWebConfig(web);
    context.write('the web configuration is valid\n');
    return;
  }
  if (values['config.check']) {
    if (isEmptySelection(engine.selection)) {
      throw new ConfigError(NO_DEVICES);
    }
    if (web.file !== undefined) {
      await checkWebConfig(web);
    }
    for (const { level, message } of otlp.notes) {
      log[level](message);
    }
    context.write('the configuration is valid\n');
    return;
  }
  await requireChoice(engine);
  const exporter = await start(
    { engine, web, ...control, ...dropping, otlp, version, signal },
    log,
  ).catch((error: unknown) => {
    // What it was waiting for never came.
    if (signal.aborted) {
      return undefined;
    }
    throw error;
  });
  if (exporter === undefined) {
    return;
  }
  const reloadOptions = createReload(values, {
    log,
    reread,
    apply: {
      log: (next) => {
        sink = sinkOf(next);
      },
      devices: (next) => exporter.select(readSelection(next)),
    },
  });
  reload = () => {
    reloadOptions();
    exporter.rereadNetworks();
  };
  for (const url of exporter.urls) {
    log.info('serving', { url, version });
  }
  const manager = findServiceManager(process.env, exporter);
  manager?.ready(`serving ${exporter.urls.join(', ')}`);
  try {
    await Promise.race([stopped(signal), exporter.failed]);
    log.info('stopping');
  } finally {
    manager?.stopping();
    await exporter.close();
  }
}

/** @throws ConfigError with the list of devices where none was chosen */
async function requireChoice(options: EngineOptions): Promise<void> {
  if (isEmptySelection(options.selection)) {
    // What lists them is a part of the engine, which is otherwise loaded while the wire is.
    const { requireDevices } = await import('./device-list.ts').catch(failToLoad);
    requireDevices(options);
  }
}

/** @throws ConfigError where the directory of --state.pin will not do */
async function requireStateDirectory({ statePin }: EngineOptions): Promise<void> {
  if (statePin !== undefined) {
    const { checkStateDirectory } = await import('../kernel/state/directory.ts').catch(failToLoad);
    checkStateDirectory(statePin);
  }
}

/** Everything that the file names is read, and whatever is wrong with it is a ConfigError. */
async function checkWebConfig({ file }: WebConfig): Promise<void> {
  if (file === undefined) {
    throw new ConfigError('read --web.config.check: there is no file; add --web.config.file');
  }
  const { loadWebSecurity } = await import('../web-config/load.ts');
  await loadWebSecurity(file.path, file.origin);
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
}
