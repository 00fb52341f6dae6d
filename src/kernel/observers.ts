// SPDX-License-Identifier: Apache-2.0
// The observers of all programs: one for each program and link layer, however many devices share it.
import { libc } from '../ffi/libc.ts';
import { currentNetns, Observer, type ObserverOptions } from './observer.ts';
import { openProgramOrPin } from './pins.ts';
import { type ProgramIdentity, readProgramInfo } from './program-info.ts';
import type { SharedMaps } from './shared-maps.ts';

/** One device under an observer. Whoever opens it closes it. */
export interface DeviceObservation {
  /** Of the program, with its full name where that may be read. */
  readonly program: ProgramIdentity;
  /** Packets whose end was not seen since this was opened, on whatever device the program runs. */
  missed(): number;
  close(): void;
}

export interface ObserversOptions extends Omit<ObserverOptions, 'link'> {
  /** Where programs are pinned that may not be opened by their id: paths and globs of paths. */
  readonly pins: readonly string[];
}

interface Shared {
  readonly observer: Observer;
  readonly program: ProgramIdentity;
  devices: number;
}

export class Observers {
  readonly #maps: SharedMaps;
  readonly #options: ObserversOptions;
  readonly #shared = new Map<string, Shared>();

  constructor(maps: SharedMaps, options: ObserversOptions) {
    this.#maps = maps;
    this.#options = options;
  }

  /**
   * Observes the program of that id on a device of the calling thread's network namespace. Throws what
   * `openProgramOrPin` and the making of an Observer throw.
   */
  open(
    programId: number,
    link: ObserverOptions['link'],
    ifindex: number,
    slot: number,
  ): DeviceObservation {
    const key = `${programId} ${link}`;
    const shared = this.#shared.get(key) ?? this.#observe(programId, link);
    const { observer, program } = shared;
    const device = { ifindex, netns: currentNetns() };
    try {
      observer.watch(device, slot);
    } catch (error) {
      if (shared.devices === 0) {
        observer.close();
      }
      throw error;
    }
    this.#shared.set(key, shared);
    shared.devices++;
    const missedBefore = observer.missed();
    return {
      program,
      missed: () => observer.missed() - missedBefore,
      close: () => {
        shared.devices--;
        if (shared.devices > 0) {
          observer.unwatch(device);
          return;
        }
        this.#shared.delete(key);
        observer.close();
      },
    };
  }

  #observe(programId: number, link: ObserverOptions['link']): Shared {
    const fd = openProgramOrPin(programId, this.#options.pins);
    try {
      const observer = new Observer(this.#maps, { ...this.#options, link }, fd);
      const info = readProgramInfo(fd);
      const program = { ...info, name: observer.functionName ?? info.name };
      return { observer, program, devices: 0 };
    } finally {
      libc().close(fd);
    }
  }
}
