// SPDX-License-Identifier: Apache-2.0
// An exporter that runs already and holds the devices that `top` or `log` is asked for: they join it.
import { chosenDevices } from '../engine/chosen-devices.ts';
import { ExporterError } from '../errors.ts';
import type { DeviceSelection } from '../instruments/selection.ts';
import type { Log } from '../log.ts';
import { PACKETS_PATH, SNAPSHOT_PATH, SNAPSHOTS_PATH } from '../snapshot/control-paths.ts';
import { type DeviceSnapshot, deviceKey } from '../snapshot/device.ts';
import { decodeSnapshot } from '../snapshot/from-json.ts';
import { decodeWords } from '../snapshot/packet-lines.ts';
import type { PacketBatch, PacketRequest } from '../snapshot/packet-stream.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { ControlClient, UnreachableError } from './client.ts';

export interface Wanted {
  readonly selection: DeviceSelection;
  /** Patterns of network namespaces; none: the process's own. */
  readonly netns: readonly string[];
}

/** Nobody has listened there, or does any more. */
const NOBODY: readonly string[] = ['ENOENT', 'ECONNREFUSED'];

export class RunningExporter {
  readonly #client: ControlClient;
  /** The devices that were asked for, by their keys. */
  readonly #keys: ReadonlySet<string>;
  /** As rows of packets name them. */
  readonly devices: readonly string[];
  /** They are all that the exporter wants now. */
  readonly #areAll: boolean;

  private constructor(client: ControlClient, devices: readonly DeviceSnapshot[], areAll: boolean) {
    this.#client = client;
    this.#areAll = areAll;
    this.#keys = new Set(devices.map(deviceKey));
    this.devices = devices.map(({ name, netns }) =>
      netns === undefined ? name : `${netns}/${name}`,
    );
  }

  /**
   * The exporter at the socket, where it holds any of the devices; where none is asked for, with all that it has. Says on
   * the log what it finds, and what of the devices the exporter does not hold.
   * @param path undefined where there is no socket to look for
   */
  static async find(
    path: string | undefined,
    wanted: Wanted,
    log: Log,
  ): Promise<RunningExporter | undefined> {
    if (path === undefined) {
      return undefined;
    }
    const client = new ControlClient(path);
    const snapshot = await ask(client, log);
    if (snapshot === undefined) {
      return undefined;
    }
    const { held, missing } = match(snapshot, wanted);
    if (held.length === 0) {
      return undefined;
    }
    const isEach = snapshot.devices.every((device) => !device.wanted || held.includes(device));
    const exporter = new RunningExporter(client, held, isEach);
    log.info('joined the running exporter', {
      socket: path,
      devices: exporter.devices.join(','),
    });
    if (missing.length > 0) {
      log.warn('the exporter does not count every device', { missing: missing.join(',') });
    }
    return exporter;
  }

  /** As of now. Devices that were not asked for are not wanted in it. */
  async snapshot(): Promise<Snapshot> {
    for await (const line of this.#client.lines(SNAPSHOT_PATH)) {
      return this.#own(decodeSnapshot(line));
    }
    throw new ExporterError('read snapshot: the exporter has exited');
  }

  /** One at once and another after each interval, until the signal. */
  async *snapshots(
    intervalMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<Snapshot, void, undefined> {
    const target = `${SNAPSHOTS_PATH}?interval=${intervalMs / 1000}`;
    for await (const line of this.#client.lines(target, signal)) {
      yield this.#own(decodeSnapshot(line));
    }
    requireEnd('snapshots', signal);
  }

  /** Packets as they come, and at least once a second what became of all others, until the signal. */
  async *packets(
    { filter, sample }: Omit<PacketRequest, 'devices'>,
    signal: AbortSignal,
  ): AsyncGenerator<PacketBatch, void, undefined> {
    const query = new URLSearchParams({ format: 'words', filter, sample: String(sample) });
    for (const device of this.#areAll ? [] : this.devices) {
      query.append('device', device);
    }
    for await (const line of this.#client.lines(`${PACKETS_PATH}?${query}`, signal)) {
      yield decodeWords(line);
    }
    requireEnd('packets', signal);
  }

  #own(snapshot: Snapshot): Snapshot {
    const devices = snapshot.devices.map((device) =>
      this.#keys.has(deviceKey(device)) ? device : { ...device, wanted: false },
    );
    return { ...snapshot, devices };
  }
}

async function ask(client: ControlClient, log: Log): Promise<Snapshot | undefined> {
  try {
    for await (const line of client.lines(SNAPSHOT_PATH)) {
      return decodeSnapshot(line);
    }
  } catch (error) {
    if (!(error instanceof UnreachableError)) {
      throw error;
    }
    const { code = '' } = error.cause as NodeJS.ErrnoException;
    if (!NOBODY.includes(code)) {
      log.warn(`${error.message}; going on without it`);
    }
  }
  return undefined;
}

interface Match {
  readonly held: readonly DeviceSnapshot[];
  /** Names. */
  readonly missing: readonly string[];
}

/** By the program that is on a device: names alone may be those of another network namespace. */
function match({ devices }: Snapshot, { selection, netns }: Wanted): Match {
  if (selection.include.length === 0 && !selection.defaultRoute) {
    return { held: devices.filter(({ wanted }) => wanted), missing: [] };
  }
  const held: DeviceSnapshot[] = [];
  const missing: string[] = [];
  for (const { name, programId } of chosenDevices(selection, netns)) {
    const device = devices.find(
      (candidate) => candidate.name === name && candidate.program?.id === programId,
    );
    if (programId !== undefined && device !== undefined) {
      held.push(device);
    } else {
      missing.push(name);
    }
  }
  return { held, missing };
}

function requireEnd(subject: string, signal: AbortSignal): void {
  if (!signal.aborted) {
    throw new ExporterError(`read ${subject}: the exporter has exited`);
  }
}
