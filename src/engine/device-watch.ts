// SPDX-License-Identifier: Apache-2.0
// The devices that are watched: looks at each namespace, chooses, and has the reconciler open what is missing.
import { performance } from 'node:perf_hooks';
import type { CollectorReport } from '../collectors/collector.ts';
import { errorMessage } from '../errors.ts';
import { InstrumentChoice } from '../instruments/choice.ts';
import { Inheritance } from '../instruments/inheritance.ts';
import type { Instrument, OpenInstrument } from '../instruments/instrument.ts';
import { mayObserve } from '../instruments/modes.ts';
import { Reconciler } from '../instruments/reconciler.ts';
import { type DeviceSelection, type LastNames, selectDevices } from '../instruments/selection.ts';
import { SlotTable } from '../instruments/slots.ts';
import { type DeviceName, fieldsOf, type WatchContext } from '../instruments/watch-context.ts';
import type { WatchedDevice } from '../instruments/watched-device.ts';
import { NamespaceLostError } from '../kernel/net-namespace.ts';
import type { Log } from '../log.ts';
import { DefaultRoutes } from './default-routes.ts';
import { DeviceInfos } from './device-infos.ts';
import type { Kernel } from './kernel.ts';
import { type WatchedNamespace, WatchedNamespaces } from './namespaces.ts';
import { OccupantWatch } from './occupant-watch.ts';
import type { EngineOptions } from './options.ts';
import type { Place } from './place.ts';
import { RescanProblems } from './rescan-problems.ts';
import { wallMs } from './wall-clock.ts';

export interface WatchHooks {
  /** For a slot that another device is to have, while the device before still owns it. */
  readonly clearSlot: (slot: number) => void;
  /** Given what was found, before instruments are opened. What it throws ends up in the report. */
  readonly looked: (places: readonly Place[], unseen: ReadonlySet<string | undefined>) => void;
  /** Called in the midst of what takes long: the rings fill on meanwhile. */
  readonly turnIfDue: () => void;
}

export class DeviceWatch {
  readonly #kernel: Kernel;
  readonly #options: EngineOptions;
  #selection: DeviceSelection;
  readonly #log: Log;
  readonly #hooks: WatchHooks;
  readonly #slots: SlotTable;
  readonly #reconciler: Reconciler;
  readonly #namespaces: WatchedNamespaces;
  readonly #routes = new DefaultRoutes();
  /** Where it is sealed, devices are looked at, and nothing is put on one. */
  readonly choice: InstrumentChoice;
  readonly #occupants: OccupantWatch<WatchedNamespace>;
  readonly #inheritance: Inheritance | undefined;
  /** By the label of the namespace. */
  readonly #lastNames = new Map<string | undefined, LastNames>();
  readonly #problems: RescanProblems;
  readonly infos: DeviceInfos;
  #report: CollectorReport | undefined;
  /** What the rescan that is under way has spent on opening instruments. */
  #openingMs = 0;
  #isFinished = false;

  constructor(kernel: Kernel, options: EngineOptions, log: Log, hooks: WatchHooks) {
    this.#kernel = kernel;
    this.#options = options;
    this.#selection = options.selection;
    this.#log = log;
    this.#hooks = hooks;
    this.#problems = new RescanProblems(options, log);
    this.infos = new DeviceInfos(kernel, hooks.turnIfDue);
    this.#namespaces = new WatchedNamespaces(kernel, options.netns, log);
    this.choice = new InstrumentChoice(kernel, options, () => performance.now());
    this.#occupants = new OccupantWatch(kernel, (namespace, work) =>
      this.#namespaces.enter(namespace, work),
    );
    const context: WatchContext = {
      open: (...request) => this.#open(...request),
      log,
      // The error that ends a strict run says why a device is down; a warning beside it would say it twice.
      downLevel: options.strict ? 'debug' : 'warn',
      isSealed: () => this.choice.isSealed,
      nowMs: () => performance.now(),
      wallMs,
      ...(kernel.state && { memory: kernel.state }),
    };
    this.#inheritance = kernel.state && new Inheritance(kernel.state, options, log);
    this.#slots = new SlotTable(options.slots, context, hooks.clearSlot, kernel.state?.devices);
    this.#reconciler = new Reconciler(this.#slots, context, hooks.turnIfDue);
  }

  /** What is wanted from the next rescan on; devices that are no longer wanted keep their counters. */
  select(selection: DeviceSelection): void {
    this.#selection = selection;
  }

  /** Every device that has a slot, in an order that lasts. */
  devices(): readonly WatchedDevice[] {
    return this.#slots.devices();
  }

  /** Devices that are wanted and have no slot. */
  leftOut(): readonly DeviceName[] {
    return this.#reconciler.leftOut();
  }

  /** How many slots a reader must read to see every device's. */
  get usedSlots(): number {
    return this.#slots.used;
  }

  /** How the last rescan went. */
  reports(): readonly CollectorReport[] {
    return this.#report === undefined ? [] : [this.#report];
  }

  /** A device, a default route or another's program came, went or changed since the last call. */
  changed(): boolean {
    const isOccupantChanged = this.#occupants.changed(performance.now());
    return this.#namespaces.changed() || isOccupantChanged;
  }

  /**
   * Brings the instruments to what is wanted and there. What cannot be looked at (ENOBUFS, EMFILE) stays as it is,
   * and costs nothing else. With `strict`, throws an ExporterError where anything is wrong; and a NamespaceLostError,
   * which is fatal, in any case. Gives the ms that it took to look, without what it took to open instruments.
   */
  rescan(): number {
    if (this.#isFinished) {
      return 0;
    }
    const startedAtMs = performance.now();
    this.#openingMs = 0;
    const faults: string[] = [];
    const problems: string[] = [];
    attempt(faults, '', () => this.#look(faults, problems));
    const durationMs = performance.now() - startedAtMs;
    const success = faults.length === 0;
    this.#report = { name: 'rescan', durationSeconds: durationMs / 1000, success };
    this.#problems.tell([...faults, ...problems], this.#reconciler.problems());
    return durationMs - this.#openingMs;
  }

  /** Takes our programs off every device for good; their counters can still be read. */
  finish(): void {
    this.#isFinished = true;
    this.#reconciler.close();
  }

  close(): void {
    this.finish();
    this.#namespaces.close();
  }

  #look(faults: string[], problems: string[]): void {
    // What is heard now is taken in by this look; what comes after it calls for another one.
    this.#namespaces.changed();
    const { namespaces, problems: missing } = this.#namespaces.find();
    problems.push(...missing);
    this.#forgetNamesAllBut(new Set(namespaces.map(({ netns }) => netns)));
    this.#routes.keep(new Set(namespaces.map(({ identity }) => identity)));
    this.infos.keep(namespaces);
    const scenes: Place[] = [];
    const unseen = new Set<string | undefined>();
    for (const namespace of namespaces) {
      const isSeen = attempt(faults, namespace.where, () => {
        scenes.push(this.#see(namespace, problems));
      });
      if (!isSeen) {
        unseen.add(namespace.netns);
      }
    }
    attempt(faults, '', () => this.#hooks.looked(scenes, unseen));
    attempt(faults, '', () => this.#inheritance?.settle(scenes, unseen));
    this.#reconciler.update({
      scenes,
      unseen,
      enter: ({ namespace }, work) => {
        const startedAtMs = performance.now();
        attempt(faults, namespace.where, () => this.#namespaces.enter(namespace, work));
        this.#openingMs += performance.now() - startedAtMs;
      },
    });
    if (mayObserve(this.#options)) {
      const sights = scenes.map(({ namespace, netns, present }) => {
        return { place: namespace, netns, devices: present ?? [] };
      });
      this.#occupants.follow(sights, this.#slots.devices());
    }
  }

  #see(namespace: WatchedNamespace, problems: string[]): Place {
    const { netns, identity, where } = namespace;
    const selection = this.#selection;
    const lastNames = this.#lastNames.get(netns) ?? new Map();
    this.#lastNames.set(netns, lastNames);
    const label = netns === undefined ? {} : { netns };
    if (identity === undefined) {
      const named = { ...selection, defaultRoute: false };
      const { names } = selectDevices(named, [], () => [], lastNames);
      return { ...label, wanted: names, present: undefined, namespace };
    }
    return this.#namespaces.enter(namespace, () => {
      const present = this.#kernel.devices();
      this.#hooks.turnIfDue();
      const isStale = this.#namespaces.isStale(namespace);
      const question = { identity, isStale, nowMs: performance.now() };
      const routes = () => this.#routes.devices(question, () => this.#kernel.defaultRouteDevices());
      const { names, unmatched } = selectDevices(selection, present, routes, lastNames);
      this.infos.look(namespace, present, names);
      this.#namespaces.settle(namespace);
      this.#hooks.turnIfDue();
      problems.push(...unmatched.map(({ cause, remedy }) => `${cause}${where}; ${remedy}`));
      const inode = this.#kernel.namespaceInode();
      return { ...label, identity, inode, wanted: names, present, namespace };
    });
  }

  #forgetNamesAllBut(labels: ReadonlySet<string | undefined>): void {
    for (const netns of [...this.#lastNames.keys()].filter((label) => !labels.has(label))) {
      this.#lastNames.delete(netns);
    }
  }

  #open(...request: Parameters<OpenInstrument>): Instrument {
    const [device, , netns] = request;
    const instrument = this.choice.open(...request);
    const { role, mode } = instrument.info;
    if (role === 'attached' && mode === 'generic' && this.#options.xdpMode === 'auto') {
      this.#log.warn(
        'driver has no native XDP: generic mode counts frames after GRO and costs more',
        fieldsOf(netns === undefined ? device : { netns, name: device.name }),
      );
    }
    return instrument;
  }
}

/** Whether the work succeeded. What it throws is told in `faults`; the thread in the wrong namespace is fatal. */
function attempt(faults: string[], where: string, work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof NamespaceLostError) {
      throw error;
    }
    faults.push(`rescan devices${where}: ${errorMessage(error)}`);
    return false;
  }
}
