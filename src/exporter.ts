// SPDX-License-Identifier: Apache-2.0
// The composition root of `run` and `demo`: the engine in this process, and a wire beside it that serves what it reads.
import { statSync } from 'node:fs';
import type { FileContents } from './border/calls.ts';
import { FIRST_SOCKET_FD } from './border/descriptors.ts';
import { dropPrivileges } from './dropping.ts';
import type { Engine } from './engine/engine.ts';
import { createNotifier } from './engine/notifier.ts';
import type { EngineOptions } from './engine/options.ts';
import { type DropUser, requireDroppable } from './engine/privileges.ts';
import { ExporterError, failToLoad } from './errors.ts';
import type { OtlpConfig, OtlpSettings } from './export/otlp/settings.ts';
import { formatListenAddress, isLoopback } from './http/listen-address.ts';
import type { DeviceSelection } from './instruments/selection.ts';
import type { Log } from './log.ts';
import type { ControlConfig } from './options/control-socket.ts';
import type { WebConfig } from './options/settings.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import { closeSockets, openSockets, type Sockets, type WebSocket } from './sockets.ts';
import { PASSWORDS_ENTRY, WIRE_ENTRY } from './supervisor/command.ts';
import { createFileReader } from './supervisor/files.ts';
import { planIsolation } from './supervisor/isolation.ts';
import { Supervisor } from './supervisor/supervisor.ts';
import { spawnWire } from './supervisor/wire-process.ts';
import type { WebConfigWatch } from './web-config/watch.ts';
import { OPEN_TO_ALL } from './web-config/web-security.ts';

export interface ExporterConfig {
  readonly engine: EngineOptions;
  readonly web: WebConfig;
  /** Absent: there is no control socket. */
  readonly control?: ControlConfig;
  /** Without settings nothing of OTLP is loaded. */
  readonly otlp: OtlpConfig;
  readonly version: string;
  /** Who the process is to be once every device has been tried; absent: whoever it is. */
  readonly dropTo?: DropUser;
  /** Ends the waiting for an address to listen on; after that nobody asks it. */
  readonly signal?: AbortSignal;
}

export interface Exporter {
  /** Of the metrics, one for each address that is listened on; at least one. */
  readonly urls: readonly [string, ...string[]];
  /** Of the live page; absent where there is none. */
  readonly pageUrl?: string;
  snapshot(): Snapshot;
  /** Tells the service manager: sd_notify(3). */
  notify(socket: string, state: string): void;
  /** Counts on other devices from now on. */
  select(selection: DeviceSelection): void;
  /** Reads the file of networks again, where there is one. */
  rereadNetworks(): void;
  /** Rejects when the engine ends without having been asked to. */
  readonly failed: Promise<never>;
  /** Detaches, pushes the last totals, stops serving. Takes less than 2 s, and with OTLP less than 5 s. */
  close(): Promise<void>;
}

/**
 * Listens first: a port in use is found out before any device is touched. The wire loads its libraries while this process
 * loads the engine, and that attaches; scrapes that come before wait.
 */
export async function startExporter(config: ExporterConfig, log: Log): Promise<Exporter> {
  const { engine: options, otlp, web, signal } = config;
  for (const { level, message } of otlp.notes) {
    log[level](message);
  }
  if (config.dropTo !== undefined) {
    requireDroppable();
  }
  const watch = web.file && (await startWatch(web.file, log));
  const patience = { isPatient: !options.strict, log, signal };
  const sockets = await openSockets(web, config.control, patience).catch((error) => {
    watch?.close();
    throw error;
  });
  let engine: Engine | undefined;
  const started = () => {
    if (engine === undefined) {
      throw new ExporterError('read snapshot: the engine has not started yet');
    }
    return engine;
  };
  const certificates = createFileReader(Object.values(otlp.settings?.certificates ?? {}));
  const loading = import('./engine/engine.ts').catch(failToLoad);
  const parts = { sockets, watch, engine: started, files: certificates.read, loading };
  const wire = startWire(config, parts, log);
  const close = async (last: Snapshot | undefined) => {
    watch?.close();
    await wire.close(last);
    closeSockets(sockets);
  };
  try {
    const { Engine } = await loading;
    engine = Engine.start(options, {
      log: ({ level, message, fields }) => log[level](message, fields),
    });
    await wire.started();
    if (config.dropTo !== undefined) {
      certificates.keep();
      dropPrivileges(config.dropTo, engine, log);
      wire.dropped();
    }
  } catch (error) {
    engine?.close();
    await close(undefined);
    throw error;
  }
  const notify = createNotifier(log);
  let closed: Promise<void> | undefined;
  const scheme = watch?.security.tls === undefined ? 'http' : 'https';
  const urlOf = ({ socket }: WebSocket, path: string) =>
    `${scheme}://${formatListenAddress(socket)}${path}`;
  const page = sockets.web.find((socket) => isLive(web, socket));
  return {
    urls: sockets.web.map((socket) => urlOf(socket, web.telemetryPath)) as [string, ...string[]],
    ...(page === undefined ? {} : { pageUrl: urlOf(page, '/') }),
    snapshot: () => started().snapshot(),
    notify: (path, state) => notify({ socket: path, state }),
    select: (selection) => engine.select(selection),
    rereadNetworks: () => engine.rereadNetworks(),
    failed: engine.failed,
    close() {
      closed ??= finish(engine, otlp.settings !== undefined).then(close);
      return closed;
    },
  };
}

/** What it loads takes some megabytes, which nobody has to pay who has no such file. */
async function startWatch(file: NonNullable<WebConfig['file']>, log: Log): Promise<WebConfigWatch> {
  const { WebConfigWatch } = await import('./web-config/watch.ts');
  return WebConfigWatch.start({ ...file, log });
}

/** Whether the live page is served: it shows addresses of others, so it is for this machine alone where nobody says more. */
function isLive({ live }: WebConfig, { socket }: WebSocket): boolean {
  return live === 'auto' ? isLoopback(socket.host) : live === 'on';
}

interface Parts {
  readonly sockets: Sockets;
  /** Absent: everybody is served, in the clear. */
  readonly watch: WebConfigWatch | undefined;
  readonly engine: () => Engine;
  /** Once it resolves, the engine starts before anything else is answered. */
  readonly loading: Promise<unknown>;
  /** Certificates and keys of OTLP. */
  readonly files: () => FileContents;
}

function startWire(
  { engine: { netns }, web, otlp: { settings }, version }: ExporterConfig,
  { sockets, watch, engine, files, loading }: Parts,
  log: Log,
): Supervisor<OtlpSettings> {
  const inherited = [
    ...sockets.web.map(({ socket }) => socket.fd),
    ...(sockets.control === undefined ? [] : [sockets.control.fd]),
  ];
  const security = () => watch?.security ?? OPEN_TO_ALL;
  /** Of the wire that was spawned last. */
  let checksPasswords = false;
  const wire = new Supervisor<OtlpSettings>({
    options: () => ({
      version,
      listeners: sockets.web.map((socket, index) => ({
        fd: FIRST_SOCKET_FD + index,
        live: isLive(web, socket),
      })),
      ...(sockets.control === undefined ? {} : { controlFd: FIRST_SOCKET_FD + sockets.web.length }),
      ...(checksPasswords ? { passwordsFd: FIRST_SOCKET_FD + inherited.length } : {}),
      security: security(),
      telemetryPath: web.telemetryPath,
      disableExporterMetrics: web.disableExporterMetrics,
      listenAddress: sockets.web[0]?.name ?? '',
      netnsInode: netnsInodeOf(netns),
      ...(settings === undefined ? {} : { otlp: settings }),
    }),
    plan: planIsolation(),
    ready: loading,
    snapshot: () => engine().snapshot(),
    filesInForce: () => ({
      ...(watch && { 'web.config.file': watch.isInForce }),
      ...engine().filesInForce,
    }),
    openPackets: (request, take) => engine().openPackets(request, take),
    files,
    log,
    spawn(isolation) {
      checksPasswords = security().users.size > 0;
      return spawnWire({
        entry: WIRE_ENTRY,
        isolation,
        sockets: inherited,
        passwordsEntry: checksPasswords ? PASSWORDS_ENTRY : undefined,
      });
    },
  });
  watch?.onChange((next) => {
    if (next.users.size > 0 && !checksPasswords) {
      void wire.replace();
    } else {
      wire.secure(next);
    }
  });
  return wire;
}

/** Of the one namespace that is watched, else of our own; a name is one of ip-netns(8), as for the engine. */
function netnsInodeOf([netns, ...others]: readonly string[]): number {
  if (netns === undefined || others.length > 0) {
    return statSync('/proc/self/ns/net').ino;
  }
  const path = netns.includes('/') ? netns : `/run/netns/${netns}`;
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}

/** @param pushes the last totals are wanted */
async function finish(engine: Engine, pushes: boolean): Promise<Snapshot | undefined> {
  const last = pushes ? await engine.finish().catch(() => undefined) : undefined;
  engine.close();
  return last;
}
