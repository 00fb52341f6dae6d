// SPDX-License-Identifier: Apache-2.0
// The kernel side's composition root: a table of devices, the collectors that read it, the commands that it obeys.

import { readPacketSizes } from '../collector/packet-sizes.ts';
import { type Collected, collect } from '../collector/report.ts';
import { readTraffic } from '../collector/traffic.ts';
import { ExporterError, errorMessage } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { DeviceSnapshot, PacketSizes, Snapshot, Traffic } from '../snapshot/snapshot.ts';
import { DeviceTable, type Entry } from './device-table.ts';
import type { Kernel } from './kernel.ts';
import type { Command, EngineOptions } from './messages.ts';
import { selectDevices } from './selection.ts';

export class Session {
  readonly #kernel: Kernel;
  readonly #options: EngineOptions;
  readonly #log: Logger;
  readonly #table: DeviceTable;
  /** Devices that commands added to the selection. */
  readonly #added = new Set<string>();
  /** Devices that commands removed, whatever the selection says. */
  readonly #removed = new Set<string>();
  #warned: ReadonlySet<string> = new Set();

  /** Takes the kernel over: `close` closes it. */
  constructor(kernel: Kernel, options: EngineOptions, log: Logger) {
    this.#kernel = kernel;
    this.#options = options;
    this.#log = log;
    // The error that ends a strict run says why a device is down; a warning beside it would say it twice.
    const tableLog = options.strict ? { ...log, warn: log.debug } : log;
    this.#table = new DeviceTable(kernel, options.xdpMode, tableLog);
  }

  /** Attaches what is wanted and not attached. With `strict`, throws where any of it stays down. */
  rescan(): void {
    const present = this.#kernel.devices();
    const { selection, strict } = this.#options;
    const include = [...selection.include, ...this.#added];
    const { names, unmatched } = selectDevices(
      { ...selection, include },
      present.map(({ name }) => name),
      () => this.#kernel.defaultRouteDevice(),
    );
    this.#table.update(
      names.filter((name) => !this.#removed.has(name)),
      present,
    );
    if (strict) {
      this.#requireAllUp(unmatched);
    }
    for (const problem of unmatched.filter((text) => !this.#warned.has(text))) {
      this.#log.warn(problem);
    }
    this.#warned = new Set(unmatched);
  }

  #requireAllUp(unmatched: readonly string[]): void {
    const down = this.#table.entries().flatMap(({ reason }) => reason ?? []);
    const problem = [...unmatched, ...down][0];
    if (problem !== undefined) {
      throw new ExporterError(`${problem} (--strict)`);
    }
  }

  /** A snapshot for "snapshot", nothing for the rest. */
  obey(command: Exclude<Command, { kind: 'close' }>): Snapshot | undefined {
    switch (command.kind) {
      case 'snapshot':
        return this.snapshot();
      case 'add-device':
        this.#removed.delete(command.name);
        this.#added.add(command.name);
        break;
      case 'remove-device':
        this.#added.delete(command.name);
        this.#removed.add(command.name);
        break;
    }
    this.rescan();
    return undefined;
  }

  snapshot(): Snapshot {
    const takenAtMs = Date.now();
    const slots = this.#table.slots();
    const cpus = this.#kernel.onlineCpus();
    const online = cpus.map((cpu) => this.#kernel.possibleCpus.indexOf(cpu));
    const traffic = this.#collect('traffic', () =>
      readTraffic(this.#kernel.traffic, slots, online),
    );
    const packetSizes = this.#options.packetSizes
      ? this.#collect('packet_sizes', () => readPacketSizes(this.#kernel.packetSizes, slots))
      : undefined;
    const devices = this.#collect('devices', () =>
      this.#table
        .entries()
        .map((entry) =>
          describe(entry, traffic.part?.[entry.slot], packetSizes?.part?.[entry.slot]),
        ),
    );
    return {
      takenAtMs,
      cpus,
      devices: devices.part ?? [],
      collectors: [traffic, packetSizes, devices].flatMap((collected) => collected?.report ?? []),
    };
  }

  #collect<Part>(name: string, read: () => Part): Collected<Part> {
    const collected = collect(name, read);
    if (!collected.report.success) {
      this.#log.warn(`collect ${name}: ${errorMessage(collected.error)}`);
    }
    return collected;
  }

  close(): void {
    this.#table.close();
    this.#kernel.close();
  }
}

function describe(
  entry: Entry,
  traffic: Traffic | undefined,
  packetSizes: PacketSizes | undefined,
): DeviceSnapshot {
  const up = entry.attachment?.isAttached() ?? false;
  return {
    name: entry.name,
    up,
    ...(up && entry.attachment !== undefined ? { program: entry.attachment.info } : {}),
    ...(entry.counted && traffic !== undefined ? { traffic } : {}),
    ...(entry.counted && packetSizes !== undefined ? { packetSizes } : {}),
  };
}
