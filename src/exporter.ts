// SPDX-License-Identifier: Apache-2.0
// The composition root of `run` and `demo`: the engine in this process, and a wire beside it that serves what it reads.
import { accessSync, constants, statSync } from 'node:fs';
import type { FileContents } from './border/calls.ts';
import { CONTROL_FD, LISTEN_FD } from './border/descriptors.ts';
import { Engine } from './engine/engine.ts';
import { createNotifier } from './engine/notifier.ts';
import type { EngineOptions } from './engine/options.ts';
import { type DropUser, requireDroppable } from './engine/privileges.ts';
import { ExporterError, errorMessage, RequirementError } from './errors.ts';
import type { OtlpConfig, OtlpSettings } from './export/otlp/settings.ts';
import { formatListenAddress, isLoopback, type ListenAddress } from './http/listen-address.ts';
import type { DeviceSelection } from './instruments/selection.ts';
import { dropRights } from './kernel/drop-rights.ts';
import { ListeningSocket } from './kernel/listening-socket.ts';
import { UnixListener } from './kernel/unix-listener.ts';
import type { Log } from './log.ts';
import type { ControlConfig } from './options/control-socket.ts';
import type { WebConfig } from './options/settings.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import { WIRE_ENTRY } from './supervisor/command.ts';
import { createFileReader } from './supervisor/files.ts';
import { planIsolation } from './supervisor/isolation.ts';
import { Supervisor } from './supervisor/supervisor.ts';
import { spawnWire } from './supervisor/wire-process.ts';

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
}

export interface Exporter {
  /** Of the metrics. */
  readonly url: string;
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
 * Listens first: a port in use is found out before any device is touched. The wire loads its libraries while the engine
 * attaches; scrapes that come before wait.
 */
export async function startExporter(config: ExporterConfig, log: Log): Promise<Exporter> {
  const { engine: options, otlp } = config;
  for (const { level, message } of otlp.notes) {
    log[level](message);
  }
  if (config.dropTo !== undefined) {
    requireDroppable();
  }
  const sockets = await openSockets(config, log);
  const certificates = createFileReader(Object.values(otlp.settings?.certificates ?? {}));
  let engine: Engine | undefined;
  const started = () => {
    if (engine === undefined) {
      throw new ExporterError('read snapshot: the engine has not started yet');
    }
    return engine;
  };
  const wire = startWire(config, sockets, started, certificates.read, log);
  try {
    engine = Engine.start(options, {
      log: ({ level, message, fields }) => log[level](message, fields),
    });
    await wire.started();
    if (config.dropTo !== undefined) {
      certificates.keep();
      drop(config.dropTo, engine, wire, log);
    }
  } catch (error) {
    engine?.close();
    await wire.close(undefined);
    closeSockets(sockets);
    throw error;
  }
  const notify = createNotifier(log);
  let closed: Promise<void> | undefined;
  const origin = `http://${formatListenAddress(sockets.web)}`;
  return {
    url: `${origin}${config.web.telemetryPath}`,
    ...(isLive(config.web, sockets.web) ? { pageUrl: `${origin}/` } : {}),
    snapshot: () => started().snapshot(),
    notify: (path, state) => notify({ socket: path, state }),
    select: (selection) => engine.select(selection),
    rereadNetworks: () => engine.rereadNetworks(),
    failed: engine.failed,
    close() {
      closed ??= closeAll(engine, wire, sockets, otlp.settings !== undefined);
      return closed;
    },
  };
}

/** Throws an ExporterError where anything is kept, or where the exporter could not go on without. */
function drop(user: DropUser, engine: Engine, wire: Supervisor<OtlpSettings>, log: Log): void {
  engine.dropPrivileges(() => {
    dropRights(user);
    requireCode(user);
  });
  wire.dropped();
  const { name, uid, gid } = user;
  log.info(
    'dropped privileges: devices and CPUs that come from now on are not counted, and nothing is attached or observed again, until a restart',
    { user: name, uid, gid },
  );
}

/** A wire that ends could not be started again by a user who may not read what it runs. */
function requireCode({ name }: DropUser): void {
  try {
    accessSync(WIRE_ENTRY, constants.R_OK);
  } catch (cause) {
    throw new ExporterError(
      `drop privileges: user "${name}" may not read "${WIRE_ENTRY}"; install xdp-exporter where every user may`,
      { cause },
    );
  }
}

/** Whether the live page is served: it shows addresses of others, so it is for this machine alone where nobody says more. */
function isLive({ live }: WebConfig, { host }: ListeningSocket): boolean {
  return live === 'auto' ? isLoopback(host) : live === 'on';
}

/** Where the wire is asked. */
interface Sockets {
  readonly web: ListeningSocket;
  readonly control: UnixListener | undefined;
}

async function openSockets({ web, control }: ExporterConfig, log: Log): Promise<Sockets> {
  const socket = await listen(web.listenAddress);
  try {
    return { web: socket, control: control && (await listenForControl(control, log)) };
  } catch (error) {
    socket.close();
    throw error;
  }
}

function closeSockets({ web, control }: Sockets): void {
  web.close();
  control?.close();
}

/** Nobody needs it to be served the metrics. But two exporters that were given one path are a mistake. */
async function listenForControl(
  { path, isDefault }: ControlConfig,
  log: Log,
): Promise<UnixListener | undefined> {
  try {
    return await UnixListener.open(path);
  } catch (error) {
    const { code = errorMessage(error) } = error as { code?: string };
    const isTaken = code === 'EADDRINUSE';
    const cause = isTaken ? 'another process listens there' : code;
    const message = `listen on control socket "${path}": ${cause}; choose another path with --control.socket`;
    if (isTaken && !isDefault) {
      throw new ExporterError(message, { cause: error });
    }
    // Where nobody has asked for it, nobody is to be alarmed.
    log[isDefault ? 'info' : 'warn'](`${message}; top and log cannot join this exporter`);
    return undefined;
  }
}

async function listen(address: ListenAddress): Promise<ListeningSocket> {
  try {
    return await ListeningSocket.open(address.host, address.port);
  } catch (error) {
    if (error instanceof RequirementError) {
      throw error;
    }
    const { code } = error as { code?: string };
    throw new ExporterError(
      `listen on "${formatListenAddress(address)}": ${code ?? errorMessage(error)}; choose another with --web.listen-address`,
      { cause: error },
    );
  }
}

function startWire(
  { engine: { netns }, web, otlp: { settings }, version }: ExporterConfig,
  sockets: Sockets,
  engine: () => Engine,
  files: () => FileContents,
  log: Log,
): Supervisor<OtlpSettings> {
  return new Supervisor({
    options: {
      version,
      listenFd: LISTEN_FD,
      ...(sockets.control === undefined ? {} : { controlFd: CONTROL_FD }),
      telemetryPath: web.telemetryPath,
      live: isLive(web, sockets.web),
      disableExporterMetrics: web.disableExporterMetrics,
      listenAddress: formatListenAddress({ ...web.listenAddress, port: sockets.web.port }),
      netnsInode: netnsInodeOf(netns),
      ...(settings === undefined ? {} : { otlp: settings }),
    },
    plan: planIsolation(),
    snapshot: () => engine().snapshot(),
    openPackets: (request, take) => engine().openPackets(request, take),
    files,
    log,
    spawn: (isolation) =>
      spawnWire({
        entry: WIRE_ENTRY,
        isolation,
        listenFd: sockets.web.fd,
        controlFd: sockets.control?.fd,
      }),
  });
}

/** Of the one namespace that is watched, else of our own; a name is one of ip-netns(8), as for the engine. */
function netnsInodeOf([netns, ...others]: readonly string[]): number {
  if (netns === undefined || others.length > 0) {
    return statSync('/proc/self/ns/net').ino;
  }
  const path = netns.includes('/') ? netns : `/run/netns/${netns}`;
  return statSync(path, { throwIfNoEntry: false })?.ino ?? 0;
}

async function closeAll(
  engine: Engine,
  wire: Supervisor<OtlpSettings>,
  sockets: Sockets,
  pushes: boolean,
): Promise<void> {
  const last = pushes ? await engine.finish().catch(() => undefined) : undefined;
  engine.close();
  await wire.close(last);
  closeSockets(sockets);
}
