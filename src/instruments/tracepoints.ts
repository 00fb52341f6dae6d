// SPDX-License-Identifier: Apache-2.0
// Our programs at the kernel's XDP tracepoints: which of them there are, whose events they count, and what they counted.
import { errorMessage, RequirementError } from '../errors.ts';
import type { Device } from '../kernel/device.ts';
import type { ProgramIdentity } from '../kernel/program-info.ts';
import { TRACEPOINTS, type TracepointName } from '../kernel/tracepoint-maps.ts';
import type { Log } from '../log.ts';
import { explainReason } from '../reasons.ts';
import type { TracepointReason, TracepointsPart } from '../snapshot/tracepoints.ts';
import { reasonOf, TRACEPOINT_REASONS_BY_ERRNO } from './refusal.ts';
import { type PlaceMaps, type PresentDevice, TracepointPlaces } from './tracepoint-places.ts';
import { readTracepoints, type TracepointCounts } from './tracepoint-reading.ts';

/** auto: listen to what the kernel has. on: end where it lacks one. */
export type TracepointMode = 'auto' | 'on' | 'off';

/** Our program at one tracepoint. */
export interface TracepointListener {
  readonly info: ProgramIdentity;
  /** Events that the kernel did not hand on. */
  misses(): number;
  close(): void;
}

/** What it takes of the kernel. */
export interface TracepointHook {
  readonly maps: TracepointCounts & PlaceMaps;
  /** Throws an ExporterError where the kernel refuses, with ESRCH as the code of its cause where it has none. */
  attach(name: TracepointName): TracepointListener;
  close(): void;
}

export interface TracepointOptions {
  readonly mode: Exclude<TracepointMode, 'off'>;
  /** Devices that can be watched at a time. */
  readonly places: number;
  readonly log: Log;
  readonly wallMs: () => number;
}

/** A network namespace at one moment: the devices that are wanted there, and those that there are. */
export interface TracepointScene {
  readonly netns?: string;
  /** Of the namespace's file. */
  readonly inode?: number;
  readonly wanted: readonly string[];
  readonly present: readonly Device[] | undefined;
}

/** Whoever opens it closes it. */
export class Tracepoints {
  readonly #listeners = new Map<TracepointName, TracepointListener>();
  readonly #reasons = new Map<TracepointName, TracepointReason>();
  readonly #hook: TracepointHook | undefined;
  readonly #places: TracepointPlaces | undefined;

  /**
   * Listens at every tracepoint that it can, and says once of each other one why not. With mode "on" it throws a
   * RequirementError instead.
   * @param open makes the maps; throws an ExporterError where it cannot
   */
  constructor(open: () => TracepointHook, options: TracepointOptions) {
    const refusals: string[] = [];
    const refuse = (names: readonly TracepointName[], error: unknown) => {
      for (const name of names) {
        this.#reasons.set(name, tracepointReason(error));
      }
      refusals.push(`listen to ${names.join(', ')}: ${explain(error)}`);
    };
    try {
      this.#hook = open();
      this.#places = new TracepointPlaces(this.#hook.maps, options.places, options.wallMs);
      this.#attachAll(this.#hook, refuse);
    } catch (error) {
      refuse(TRACEPOINTS, error);
    }
    if (options.mode === 'on' && refusals.length > 0) {
      this.close();
      throw new RequirementError(`${refusals.join('; ')}; do without by --tracepoints auto`);
    }
    for (const refusal of refusals) {
      options.log.warn(`${refusal}; its metrics are absent`);
    }
  }

  /** Of the programs that listen, by the name of the tracepoint. */
  get info(): ReadonlyMap<string, ProgramIdentity> {
    return new Map([...this.#listeners].map(([name, { info }]) => [name, info]));
  }

  /** Why a tracepoint is not listened to; undefined where it is. */
  reason(name: TracepointName): TracepointReason | undefined {
    return this.#reasons.get(name);
  }

  /**
   * Counts for the devices that are wanted and there, and for no others. Throws a SystemError where the kernel
   * refuses; the next call makes up for it.
   * @param unseen labels of namespaces that could not be looked at: their devices stay as they are
   */
  follow(scenes: readonly TracepointScene[], unseen: ReadonlySet<string | undefined>): void {
    this.#places?.follow(scenes.flatMap(presentDevices), unseen);
  }

  /** All that was counted until now. Throws a SystemError where the kernel refuses. */
  read(): TracepointsPart {
    const tracepoints = TRACEPOINTS.map((name) => {
      const reason = this.#reasons.get(name);
      const missed = this.#listeners.get(name)?.misses() ?? 0;
      return { name, ...(reason === undefined ? {} : { reason }), missed };
    });
    return this.#hook === undefined || this.#places === undefined
      ? { tracepoints, devices: [], devmap: [], cpumap: [] }
      : readTracepoints(this.#hook.maps, this.#places, tracepoints);
  }

  /** Detaches. */
  close(): void {
    for (const listener of this.#listeners.values()) {
      listener.close();
    }
    this.#listeners.clear();
    this.#hook?.close();
  }

  #attachAll(
    hook: TracepointHook,
    refuse: (names: readonly TracepointName[], error: unknown) => void,
  ): void {
    for (const name of TRACEPOINTS) {
      try {
        this.#listeners.set(name, hook.attach(name));
      } catch (error) {
        refuse([name], error);
      }
    }
  }
}

function presentDevices({ netns, inode, wanted, present }: TracepointScene): PresentDevice[] {
  if (inode === undefined || present === undefined) {
    return [];
  }
  const names = new Set(wanted);
  const label = netns === undefined ? {} : { netns };
  return present
    .filter(({ name }) => names.has(name))
    .map(({ name, ifindex }) => ({ ...label, name, inode, ifindex }));
}

function tracepointReason(error: unknown): TracepointReason {
  return reasonOf(error, TRACEPOINT_REASONS_BY_ERRNO);
}

/** What the kernel said, but where it has none: that would be an errno alone. */
function explain(error: unknown): string {
  const reason = tracepointReason(error);
  return explainReason(reason, reason === 'no_tracepoint' ? undefined : errorMessage(error));
}
