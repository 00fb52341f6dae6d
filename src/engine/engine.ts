// SPDX-License-Identifier: Apache-2.0
// The engine at work: a session, the timers that drive it, and one way to learn that it failed.
import { setTimeout as delay } from 'node:timers/promises';
import { ExporterError } from '../errors.ts';
import { compile } from '../filter/compile.ts';
import { parseFilter } from '../filter/parse.ts';
import type { DeviceSelection } from '../instruments/selection.ts';
import { createLog, type LogRecord } from '../log.ts';
import type { NetworkTables } from '../recorder/networks/networks.ts';
import type { TapRequest } from '../recorder/packet-tap.ts';
import { type PacketRows, packetCount } from '../snapshot/packet.ts';
import type { PacketBatch, PacketRequest, PacketStream } from '../snapshot/packet-stream.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { requireCapabilities } from './capabilities.ts';
import { openKernel } from './kernel.ts';
import { NetworksWatch } from './networks/watch.ts';
import type { EngineOptions } from './options.ts';
import type { PacketLogger } from './packet-logger.ts';
import { RescanPace } from './rescan-pace.ts';
import { Session } from './session.ts';

function filterOf(text: string): NonNullable<TapRequest['filter']> {
  const filter = parseFilter(text);
  return (deviceOf) => compile(filter, deviceOf);
}

/** From the detaching of the last program to the last look at what it left: some turns. */
const SETTLE_MS = 50;

/** How often it asks whether devices or routes have changed: a burst of changes costs one rescan. */
const CHANGE_INTERVAL_MS = 100;

/** How often it asks whether a measurement is to begin or to end. */
const MEASURE_INTERVAL_MS = 50;

/** How often it asks whether the file of networks has changed. */
const NETWORKS_INTERVAL_MS = 1_000;

export interface EngineListeners {
  readonly log: (record: LogRecord) => void;
  /**
   * Takes rows of packets, where the options ask for them; in the midst of a turn of the rings, so it must return at
   * once. `done` is to be called when they are dealt with: the engine may then hand over as many more.
   */
  readonly packets?: (rows: PacketRows, done: () => void) => void;
  /** Gives the kernel; a test has its own. */
  readonly openKernel?: typeof openKernel;
}

export class Engine {
  readonly #session: Session;
  readonly #pace: RescanPace;
  readonly #timers: NodeJS.Timeout[] = [];
  #turnTimer: NodeJS.Timeout | undefined;
  readonly #networks: NetworksWatch | undefined;
  #fail: (error: unknown) => void = () => {};
  #closed = false;
  /** Rejects, once, when a turn or a look at the devices fails: the engine has then closed itself. */
  readonly failed: Promise<never>;

  private constructor(options: EngineOptions, { log, packets, ...others }: EngineListeners) {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Whoever awaits it sees it; one that nobody watches any more must not end the process.
    this.failed.catch(() => {});
    this.#pace = new RescanPace(options.rescanIntervalMs);
    const kernel = (others.openKernel ?? openKernel)(options, createLog(log));
    this.#session = new Session(kernel, options, createLog(log), (rows) =>
      packets?.(rows, () => this.#session.logger?.written(packetCount(rows))),
    );
    const networks = options.logger?.networks;
    this.#networks =
      networks &&
      new NetworksWatch(networks, {
        log: createLog(log),
        apply: (tables) => this.#replaceNetworks(tables),
      });
  }

  /** Returns when every device has been tried. Throws, with nothing attached, where the engine cannot run. */
  static start(options: EngineOptions, listeners: EngineListeners): Engine {
    requireCapabilities(options.netns.length > 0);
    const engine = new Engine(options, listeners);
    try {
      engine.#run(options);
    } catch (error) {
      engine.close();
      throw error;
    }
    return engine;
  }

  /** One read of the kernel. Throws where the engine has ended: its maps are gone then. */
  snapshot(): Snapshot {
    if (this.#closed) {
      throw new ExporterError('read snapshot: the engine has ended');
    }
    return this.#session.snapshot();
  }

  /**
   * Hands packets to `take` as they come, which says whether it could take them. Throws a ConfigError where the filter is
   * wrong, and an ExporterError where no more can read now.
   */
  openPackets(
    { devices, filter, sample }: PacketRequest,
    take: (batch: PacketBatch) => boolean,
  ): PacketStream {
    if (this.#closed) {
      throw new ExporterError('read packets: the engine has ended');
    }
    return this.#session.openPackets({
      ...(devices === undefined ? {} : { wantsDevice: (name) => devices.includes(name) }),
      ...(filter === '' ? {} : { filter: filterOf(filter) }),
      sample,
      post: take,
    });
  }

  /** Records that the filter of rows has held back. */
  get filteredOut(): number {
    return this.#session.logger?.filteredOut ?? 0;
  }

  /** Detaches everything and reads what is left: the last snapshot, when nothing is under way any more. */
  async finish(): Promise<Snapshot> {
    if (!this.#closed) {
      this.#session.finish();
    }
    await delay(SETTLE_MS);
    return this.snapshot();
  }

  /** Detaches everything. */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      for (const timer of this.#timers) {
        clearInterval(timer);
      }
      clearTimeout(this.#turnTimer);
      this.#session.close();
    }
  }

  /** Counts on these devices from now on. Returns when each has been tried; those that are down, it logs. */
  select(selection: DeviceSelection): void {
    if (!this.#closed) {
      this.#session.select(selection);
      this.#guard(() => this.#rescan());
    }
  }

  /**
   * Opens nothing from now on, and reads on without rights. Throws what `drop` throws, and an ExporterError where the
   * kernel answers no more.
   * @param drop gives up the rights of the process
   */
  dropPrivileges(drop: () => void): void {
    this.#session.dropPrivileges(drop);
  }

  /** Whether what the file of networks says now is in force, where there is one. */
  get filesInForce(): { readonly 'top.networks-file'?: boolean } {
    return this.#networks === undefined ? {} : { 'top.networks-file': this.#networks.isInForce };
  }

  /** Reads the file of networks again, where there is one, and logs what came of it. */
  rereadNetworks(): void {
    if (!this.#closed) {
      void this.#networks?.reread();
    }
  }

  /** Packets that came before are counted by what was in force. */
  #replaceNetworks(tables: NetworkTables): void {
    if (!this.#closed) {
      this.#guard(() => {
        this.#session.turn();
        this.#session.logger?.replaceNetworks(tables);
      });
    }
  }

  #run({ programCost }: EngineOptions): void {
    const session = this.#session;
    this.#rescan();
    this.#every(CHANGE_INTERVAL_MS, () => {
      if (this.#pace.isDue(performance.now(), () => session.changed())) {
        this.#rescan();
      }
    });
    if (session.logger !== undefined) {
      this.#turnLater(session.logger);
    }
    if (programCost !== undefined) {
      this.#every(MEASURE_INTERVAL_MS, () => session.measure());
    }
    if (this.#networks !== undefined) {
      this.#every(NETWORKS_INTERVAL_MS, () => void this.#networks?.look());
    }
  }

  #rescan(): void {
    const lookMs = this.#session.rescan();
    this.#pace.looked(performance.now(), lookMs);
  }

  /** Again and again, each time as late as the logger lets it. */
  #turnLater(logger: PacketLogger): void {
    this.#turnTimer = setTimeout(() => {
      this.#guard(() => {
        this.#session.turn();
        this.#turnLater(logger);
      });
    }, logger.turnIntervalMs);
  }

  #every(milliseconds: number, work: () => void): void {
    this.#timers.push(setInterval(() => this.#guard(work), milliseconds));
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.close();
      this.#fail(error);
    }
  }
}
