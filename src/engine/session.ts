// SPDX-License-Identifier: Apache-2.0
// The kernel side's composition root: a table of devices, the collectors that read it, the commands that it obeys.

import { readPacketSizes } from '../collector/packet-sizes.ts';
import { type Collected, collect } from '../collector/report.ts';
import { readTraffic } from '../collector/traffic.ts';
import { ExporterError, errorMessage } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { DeviceLog } from '../snapshot/logger.ts';
import type { PacketRows } from '../snapshot/packet.ts';
import type { DeviceSnapshot, PacketSizes, Snapshot, Traffic } from '../snapshot/snapshot.ts';
import type { SourcesSnapshot } from '../snapshot/sources.ts';
import { DeviceTable, type Entry } from './device-table.ts';
import type { Kernel } from './kernel.ts';
import type { Command, EngineOptions } from './messages.ts';
import { PacketLog } from './packet-log.ts';
import { selectDevices } from './selection.ts';

/** A ring of 512 KiB holds what arrives in 7 ms at two million packets a second. */
export const TURN_INTERVAL_MS = 4;

export class Session {
  readonly #kernel: Kernel;
  readonly #options: EngineOptions;
  readonly #log: Logger;
  readonly #table: DeviceTable;
  readonly #packets: PacketLog | undefined;
  /** Devices that commands added to the selection. */
  readonly #added = new Set<string>();
  /** Devices that commands removed, whatever the selection says. */
  readonly #removed = new Set<string>();
  #warned: ReadonlySet<string> = new Set();
  #turnedAtMs = 0;
  #lastRescan: Collected<void> | undefined;
  #finished = false;

  /**
   * Takes the kernel over: `close` closes it.
   * @param post takes rows of packets, where the options ask for them
   */
  constructor(
    kernel: Kernel,
    options: EngineOptions,
    log: Logger,
    post: (rows: PacketRows) => void = () => {},
  ) {
    this.#kernel = kernel;
    this.#options = options;
    this.#log = log;
    this.#packets =
      options.logger &&
      new PacketLog(kernel, options.logger, log, (words) => {
        post({ words, devices: this.#deviceNames() });
      });
    const clearSlot = (slot: number) => {
      this.#packets?.clearSlot(slot);
      kernel.clearSlot(slot);
    };
    // The error that ends a strict run says why a device is down; a warning beside it would say it twice.
    const downLevel = options.strict ? 'debug' : 'warn';
    const afterDevice = () => this.#turnIfDue();
    this.#table = new DeviceTable(kernel, options.xdpMode, log, {
      downLevel,
      clearSlot,
      afterDevice,
    });
  }

  /** Attaches what is wanted and not attached. With `strict`, throws where any of it stays down. */
  rescan(): void {
    if (this.#finished) {
      return;
    }
    const present = this.#kernel.devices();
    this.#turnIfDue();
    this.#packets?.followCpus(this.#kernel.onlineCpus());
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

  /**
   * A rescan in the course of things: where it fails (ENOBUFS, EMFILE) what is attached goes on being read, and the
   * next one may succeed. With `strict`, throws.
   */
  rescanAgain(): void {
    const before = this.#lastRescan?.error;
    this.#lastRescan = collect('rescan', () => this.rescan());
    const { error } = this.#lastRescan;
    if (error !== undefined && this.#options.strict) {
      throw error;
    }
    if (error !== undefined && errorMessage(error) !== errorMessage(before)) {
      this.#log.warn(`rescan devices: ${errorMessage(error)}`);
    }
  }

  #requireAllUp(unmatched: readonly string[]): void {
    const problem = [...unmatched, ...this.#table.problems()][0];
    if (problem !== undefined) {
      throw new ExporterError(`${problem} (--strict)`);
    }
  }

  /** Reads what the logger has sent: to be called every few milliseconds. */
  turn(): void {
    this.#turnedAtMs = performance.now();
    this.#packets?.turn(this.#turnedAtMs);
  }

  /** The rings fill on while this thread looks at hundreds of devices: what takes long calls this in between. */
  #turnIfDue(): void {
    if (performance.now() - this.#turnedAtMs >= TURN_INTERVAL_MS) {
      this.turn();
    }
  }

  /** A snapshot for "snapshot", nothing for the rest. */
  obey(command: Exclude<Command, { kind: 'close' | 'finish' | 'notify' }>): Snapshot | undefined {
    switch (command.kind) {
      case 'snapshot':
        return this.snapshot();
      case 'written':
        this.#packets?.written(command.rows);
        return undefined;
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
    const packets = this.#packets;
    const logger = packets && this.#collect('logger', () => packets.read(slots, performance.now()));
    const parts = {
      traffic: traffic.part,
      packetSizes: packetSizes?.part,
      log: logger?.part?.logs,
      sources: logger?.part?.sources,
    };
    const devices = this.#collect('devices', () =>
      this.#table.entries().map((entry) => {
        this.#turnIfDue();
        return describe(entry, parts);
      }),
    );
    return {
      takenAtMs,
      cpus,
      devices: devices.part ?? [],
      ...(logger?.part === undefined ? {} : { logger: logger.part.state }),
      collectors: [traffic, packetSizes, logger, devices, this.#lastRescan].flatMap(
        (collected) => collected?.report ?? [],
      ),
    };
  }

  #collect<Part>(name: string, read: () => Part): Collected<Part> {
    this.#turnIfDue();
    const collected = collect(name, read);
    if (!collected.report.success) {
      this.#log.warn(`collect ${name}: ${errorMessage(collected.error)}`);
    }
    return collected;
  }

  #deviceNames(): Record<number, string> {
    return Object.fromEntries(this.#table.entries().map(({ slot, name }) => [slot, name]));
  }

  /** Takes our programs off every device for good; their counters can still be read. */
  finish(): void {
    this.#finished = true;
    this.#table.detach();
  }

  close(): void {
    this.#table.close();
    this.#packets?.close();
    this.#kernel.close();
  }
}

/** What the collectors read, each by slot. */
interface Parts {
  readonly traffic: readonly Traffic[] | undefined;
  readonly packetSizes: readonly PacketSizes[] | undefined;
  readonly log: readonly DeviceLog[] | undefined;
  readonly sources: readonly SourcesSnapshot[] | undefined;
}

function describe(entry: Entry, parts: Parts): DeviceSnapshot {
  const { name, slot, attachment, counted, startedAtMs } = entry;
  const up = attachment?.isAttached() ?? false;
  const counts = Object.entries(parts).flatMap(([part, slots]) => {
    const value = slots?.[slot];
    return counted && value !== undefined ? [[part, value]] : [];
  });
  return {
    name,
    up,
    ...(up && attachment !== undefined ? { program: attachment.info } : {}),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...Object.fromEntries(counts),
  };
}
