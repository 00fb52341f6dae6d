// SPDX-License-Identifier: Apache-2.0
// The wire's composition root: readings of the engine -> families -> Prometheus -> HTTP, and -> OTLP where it is on.
import type { Border } from '../border/border.ts';
import type {
  EngineCalls,
  FileContents,
  Reading,
  WireCalls,
  WireCounts,
  WireOptions,
} from '../border/calls.ts';
import { residentBytes } from '../border/process-usage.ts';
import { createFamilies } from '../catalogue/families.ts';
import { ExporterError, errorMessage, failToLoad } from '../errors.ts';
import type { Push } from '../export/otlp/push.ts';
import type { OtlpSettings } from '../export/otlp/settings.ts';
import { createPrometheusExporter } from '../export/prometheus.ts';
import { CONTROL_LIMITS, DEFAULT_LIMITS } from '../http/limits.ts';
import { createLiveRoutes } from '../http/live-page.ts';
import type { Readiness, Route } from '../http/routes.ts';
import { startServer } from '../http/server.ts';
import type { Log } from '../log.ts';
import type { Family } from '../metrics/family.ts';
import { snapshotToJson } from '../snapshot/json.ts';
import type { PacketBatch } from '../snapshot/packet-stream.ts';
import type { WebSecurity } from '../web-config/web-security.ts';
import { Control } from './control.ts';
import { openPasswordChecks } from './password-checks.ts';

/** An engine that does not answer for so long is stuck; a scrape must not wait longer than Prometheus does. */
const ANSWER_TIMEOUT_MS = 5_000;

export interface Service {
  /** Takes a part of a stream of packets. */
  packets(stream: number, batch: PacketBatch): void;
  /** Serves by these rules from now on. */
  secure(security: WebSecurity): Promise<void>;
  /** Pushes what `last` says, or what the engine still answers, and stops serving: within 3 s. */
  finish(last: Reading | undefined): Promise<void>;
}

/** A reading and what the engine was told with the call: it does not go back when this process is replaced. */
interface Told extends Reading {
  readonly counts: WireCounts;
}

interface Shown {
  readonly families: readonly Family[];
  readonly takenAtMs: number;
}

/** Resolves when it serves. */
export async function serve(
  options: WireOptions<OtlpSettings>,
  engine: Border<WireCalls<OtlpSettings>, EngineCalls>,
  log: Log,
): Promise<Service> {
  const { version, otlp, counts: before } = options;
  const families = createFamilies({ version, nodeVersion: process.version });
  let push: Push | undefined;
  let reading: Promise<Told> | undefined;

  function countsNow(): WireCounts {
    const { user, system } = process.cpuUsage();
    const state = push?.state() ?? before.push;
    return {
      cpuSeconds: before.cpuSeconds + (user + system) / 1e6,
      ...(state === undefined ? {} : { push: state }),
    };
  }

  /** One read of the kernel; concurrent callers share the one in flight. */
  function read(): Promise<Told> {
    const counts = countsNow();
    reading ??= engine
      .call('snapshot', counts, ANSWER_TIMEOUT_MS)
      .then((answer) => ({ ...answer, counts }))
      .finally(() => {
        reading = undefined;
      });
    return reading;
  }

  function show({ snapshot, wire: state, counts }: Told): Shown {
    const { cpuSeconds, push: pushed } = counts;
    const wire = { cpuSeconds, residentBytes: residentBytes() };
    return {
      families: families(snapshot, { push: pushed, processes: { state, wire } }),
      takenAtMs: snapshot.takenAtMs,
    };
  }

  const nextEvent = async () => snapshotToJson((await read()).snapshot);
  const prometheus = createPrometheusExporter(async () => show(await read()).families, options);
  const routes = {
    telemetryPath: options.telemetryPath,
    render: prometheus.render,
    readiness: () => readiness(read),
    log,
  };
  const live = options.listeners.some((listener) => listener.live)
    ? createLiveRoutes({ ...options, next: nextEvent, log })
    : new Map<string, Route>();
  const control = new Control(engine, async () => (await read()).snapshot);
  const web = await startServer(
    {
      ...routes,
      ...(options.passwordsFd === undefined
        ? {}
        : { checkPassword: openPasswordChecks(options.passwordsFd, leave) }),
      listeners: options.listeners.map((listener) => ({
        fd: listener.fd,
        ...(listener.live ? { more: live } : {}),
      })),
    },
    DEFAULT_LIMITS,
    options.security,
  );
  const servers = [web];
  if (options.controlFd !== undefined) {
    const more = new Map([...live, ...control.routes]);
    const listeners = [{ fd: options.controlFd, more }];
    servers.push(await startServer({ ...routes, listeners }, CONTROL_LIMITS));
  }
  let last: Told | undefined;
  let files: FileContents = {};
  if (otlp !== undefined) {
    // Loaded here and only here: it takes 20 MB.
    const { startPush } = await import('../export/otlp/push.ts').catch(failToLoad);
    push = startPush({
      settings: otlp,
      identity: {
        version,
        listenAddress: options.listenAddress,
        netnsInode: options.netnsInode,
      },
      log,
      before: before.push,
      readFile: (path) => contentOf(files, path),
      async read() {
        files = await engine.call('files', undefined, ANSWER_TIMEOUT_MS);
        return show(last ?? (await read()));
      },
    });
  }
  return {
    packets: (stream, batch) => control.write(stream, batch),
    secure: (security) => web.secure(security),
    async finish(final) {
      last = final && { ...final, counts: countsNow() };
      control.close();
      await Promise.all([push?.close(), ...servers.map((server) => server.close())]);
    },
  };
}

/** The engine starts both processes again: a wire alone could let nobody in. */
function leave(reason: Error): never {
  process.stderr.write(`${reason.name}: ${reason.message}\n`);
  process.exit(1);
}

/** Throws where the engine could not read it. */
function contentOf(files: FileContents, path: string): Buffer {
  const content = files[path];
  if (content === undefined || typeof content === 'string') {
    throw new ExporterError(content ?? 'it is not known');
  }
  return Buffer.from(content);
}

/** Ready: at least one device is attached, and a read of the kernel succeeds as a whole. */
async function readiness(read: () => Promise<Reading>): Promise<Readiness> {
  try {
    const { snapshot } = await read();
    const failed = snapshot.collectors.find(({ success }) => !success);
    if (failed !== undefined) {
      return { ready: false, reason: `collector ${failed.name} failed` };
    }
    return snapshot.devices.some(({ up }) => up)
      ? { ready: true }
      : { ready: false, reason: 'no device is attached' };
  } catch (error) {
    return { ready: false, reason: errorMessage(error) };
  }
}
