// SPDX-License-Identifier: Apache-2.0
// The kernel side's composition root: instruments on devices, the recorder, and the collectors that read both.
import { performance } from 'node:perf_hooks';
import { collect } from '../collectors/collect.ts';
import type { Reading } from '../collectors/collector.ts';
import { ExporterError } from '../errors.ts';
import { ProgramCosts } from '../instruments/program-cost.ts';
import type { DeviceSelection } from '../instruments/selection.ts';
import { Tracepoints } from '../instruments/tracepoints.ts';
import type { WatchedDevice } from '../instruments/watched-device.ts';
import type { Log } from '../log.ts';
import type { TapRequest } from '../recorder/packet-tap.ts';
import type { DeviceSnapshot } from '../snapshot/device.ts';
import type { PacketRows } from '../snapshot/packet.ts';
import type { PacketStream } from '../snapshot/packet-stream.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { CollectorFailures } from './collector-failures.ts';
import { CpuList } from './cpus.ts';
import { DeviceNames } from './device-names.ts';
import { DeviceWatch } from './device-watch.ts';
import type { Kernel } from './kernel.ts';
import type { EngineOptions } from './options.ts';
import { PacketLogger } from './packet-logger.ts';
import { readOnce } from './read-once.ts';
import { requireReadable } from './readable.ts';
import { wallMs } from './wall-clock.ts';

export class Session {
  readonly #kernel: Kernel;
  readonly #options: EngineOptions;
  readonly #devices: DeviceWatch;
  readonly #names = new DeviceNames(() => this.#devices.devices());
  readonly #cpus: CpuList;
  readonly #logger: PacketLogger | undefined;
  readonly #tracepoints: Tracepoints | undefined;
  readonly #costs: ProgramCosts | undefined;
  readonly #startedAtMs = wallMs();
  readonly #failures: CollectorFailures;
  #isSealed = false;
  #turnedAtMs = Number.NEGATIVE_INFINITY;

  /**
   * Takes the kernel over: `close` closes it. Throws a RequirementError where tracepoints are asked for that it lacks.
   * @param post takes rows of packets, where the options ask for them
   */
  constructor(
    kernel: Kernel,
    options: EngineOptions,
    log: Log,
    post: (rows: PacketRows) => void = () => {},
  ) {
    this.#kernel = kernel;
    this.#options = options;
    this.#failures = new CollectorFailures(log);
    this.#cpus = new CpuList(kernel.possibleCpus, () => kernel.onlineCpus(), log);
    this.#devices = new DeviceWatch(kernel, options, log, {
      clearSlot: (slot) => this.#clearSlot(slot),
      looked: (places, unseen) => this.#tracepoints?.follow(places, unseen),
      turnIfDue: () => {
        this.#names.forget();
        this.#turnIfDue();
      },
    });
    const { logger, slots, tracepoints: mode, programCost } = options;
    this.#costs = programCost && new ProgramCosts(kernel, programCost, () => this.#turnIfDue());
    this.#tracepoints =
      mode === 'off'
        ? undefined
        : new Tracepoints(() => kernel.openTracepoints(), { mode, places: slots, log, wallMs });
    this.#logger =
      logger &&
      new PacketLogger(kernel, logger, slots, log, {
        post,
        devices: () => this.#names.bySlot,
      });
  }

  /** Opens the rings of CPUs that came and the instruments of devices that did; see `DeviceWatch.rescan`. */
  rescan(): number {
    // Also without a logger: which CPUs were ever listed tells those that went offline from those that are hidden.
    const online = this.#cpus.online();
    if (!this.#isSealed) {
      this.#logger?.followCpus(online, performance.now());
    }
    return this.#devices.rescan();
  }

  /**
   * Opens nothing from now on, and keeps the rings of CPUs that go offline, since they would get no other. Throws an
   * ExporterError where the kernel answers no more.
   * @param drop gives up the rights of the process
   */
  dropPrivileges(drop: () => void): void {
    this.#isSealed = true;
    this.#devices.choice.seal();
    drop();
    requireReadable(this.#kernel);
  }

  /** What is wanted from the next rescan on. */
  select(selection: DeviceSelection): void {
    this.#devices.select(selection);
  }

  /** A device or a route came, went or changed since the last call. */
  changed(): boolean {
    return this.#devices.changed();
  }

  /** Reads what the logger has sent: to be called as often as its `turnIntervalMs` says. */
  turn(): void {
    this.#turnedAtMs = performance.now();
    this.#logger?.turn(this.#turnedAtMs);
  }

  /** Measures what programs cost when it is time to: to be called some times a second. */
  measure(): void {
    try {
      this.#costs?.tick(performance.now(), this.#devices.devices());
    } catch (error) {
      this.#failures.tell('program_cost', error);
    }
  }

  /**
   * Hands packets over from the next turn on.
   * @throws ExporterError where the logger is off, or there are as many readers as there may be
   */
  openPackets(request: TapRequest): PacketStream {
    if (this.#logger === undefined) {
      throw new ExporterError(
        'read packets: the logger is off; start the exporter with --logger on',
      );
    }
    return this.#logger.open(request);
  }

  /** What the records come to; undefined where the logger is off. */
  get logger(): PacketLogger | undefined {
    return this.#logger;
  }

  /** One consistent read of the kernel. What cannot be read is missing from it, and its collector's report says so. */
  snapshot(): Snapshot {
    this.turn();
    const takenAtMs = wallMs();
    const monotonicMs = performance.now();
    const watched = this.#devices.devices();
    const leftOut = this.#devices.leftOut();
    const slots = watched.map(({ isCounted, slot }) => (isCounted ? slot : undefined));
    const reading = this.#read([...slots, ...leftOut.map(() => undefined)]);
    const { parts, reports } = collect(reading, {
      failed: (name, error) => this.#failures.tell(name, error),
      afterEach: () => this.#turnIfDue(),
    });
    this.#failures.forget(reports);
    return {
      takenAtMs,
      monotonicMs,
      startedAtMs: this.#startedAtMs,
      cpus: reading.cpus,
      devices: [
        ...watched.map((device) => this.#describe(device)),
        ...leftOut.map((name) => {
          return { ...name, wanted: true, up: false, reason: 'left_out', counted: false } as const;
        }),
      ],
      parts,
      collectors: [...reports, ...this.#devices.reports()],
    };
  }

  /** Takes our programs off every device for good; their counters can still be read. */
  finish(): void {
    this.#devices.finish();
  }

  /** Detaches everything and lets go of the kernel. */
  close(): void {
    this.#devices.close();
    this.#logger?.close();
    this.#tracepoints?.close();
    this.#costs?.close();
    this.#kernel.close();
  }

  /** The records that are still on their way belong to the device before: they are taken first. */
  #clearSlot(slot: number): void {
    this.turn();
    this.#logger?.clearSlot(slot);
    this.#costs?.clearSlot(slot);
    this.#kernel.clearSlot(slot);
  }

  /** The rings fill on while this thread looks at hundreds of devices: what takes long calls this in between. */
  #turnIfDue(): void {
    const intervalMs = this.#logger?.turnIntervalMs ?? Number.POSITIVE_INFINITY;
    if (performance.now() - this.#turnedAtMs >= intervalMs) {
      this.turn();
    }
  }

  /** The records first, then at once the kernel's counters: they then hold every packet that was decoded, and no turn comes between. */
  #read(slots: Reading['slots']): Reading & { readonly cpus: readonly number[] } {
    const counted = slots.filter((slot) => slot !== undefined);
    const recorder = this.#logger?.reading(counted, performance.now(), () => this.#turnIfDue());
    const values = readOnce(() => this.#kernel.counters.read(this.#devices.usedSlots));
    const cpus = this.#cpus.shownIn(values);
    const { possibleCpus } = this.#kernel;
    const tracepoints = this.#tracepoints;
    const costs = this.#costs;
    return {
      slots,
      cpus,
      cpuPositions: cpus.map((cpu) => possibleCpus.indexOf(cpu)),
      packetSizes: this.#options.packetSizes,
      values,
      ...(recorder === undefined ? {} : { recorder }),
      ...(tracepoints === undefined ? {} : { tracepoints: () => tracepoints.read() }),
      ...(costs === undefined ? {} : { programCost: (slot) => costs.read(slot) }),
    };
  }

  #describe(device: WatchedDevice): DeviceSnapshot {
    const { netns, name, isWanted, isCounted, instrument, observed, attempts } = device;
    const { down, stack } = device;
    this.#turnIfDue();
    const info = isWanted ? this.#devices.infos.of(device) : undefined;
    const up = instrument?.isUp() ?? false;
    return {
      name,
      ...(netns === undefined ? {} : { netns }),
      wanted: isWanted,
      up,
      // One that was up at the last look, and now is not.
      ...(up || !isWanted ? {} : { reason: down?.reason ?? 'detached' }),
      ...(info === undefined ? {} : { info }),
      ...(up && instrument !== undefined ? { program: instrument.info } : {}),
      ...(observed === undefined ? {} : { observed }),
      ...(attempts.length === 0 ? {} : { attempts }),
      ...stack,
      counted: isCounted,
      ...device.start.times,
    };
  }
}
