// SPDX-License-Identifier: Apache-2.0
// The observers of all programs: one for each program and link layer, however many devices share it.

import { LengthChanges } from './length-changes.ts';
import { currentNetns, Observer, type ObserverOptions } from './observer.ts';
import type { ProgramIdentity } from './program-info.ts';
import { readProgramInfo, withProgram } from './program-info.ts';
import type { SharedMaps } from './shared-maps.ts';

/** One device under an observer. Whoever opens it closes it. */
export interface DeviceObservation {
  /** Of the program, with its full name. */
  readonly program: ProgramIdentity;
  /** Packets whose end was not seen since this was opened, on whatever device the program runs. */
  missed(): number;
  close(): void;
}

interface Shared {
  readonly observer: Observer;
  readonly program: ProgramIdentity;
  devices: number;
}

export interface ObserversOptions extends Omit<ObserverOptions, 'link' | 'endAlone'> {
  /** See LengthChanges. */
  readonly lengthChangesPath: string;
}

export class Observers {
  readonly #maps: SharedMaps;
  readonly #options: ObserversOptions;
  #lengthChanges: LengthChanges | undefined;
  readonly #shared = new Map<string, Shared>();

  constructor(maps: SharedMaps, options: ObserversOptions) {
    this.#maps = maps;
    this.#options = options;
  }

  /**
   * Observes the program of that id on a device of the calling thread's network namespace. Throws what `withProgram`
   * and the making of an Observer throw.
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
    return withProgram(programId, (fd) => {
      const endAlone = this.#isEndEnough(fd);
      const observer = new Observer(this.#maps, { ...this.#options, link, endAlone }, fd);
      const program = { ...readProgramInfo(fd), name: observer.functionName };
      return { observer, program, devices: 0 };
    });
  }

  /** Addresses and lengths are those of the packet as it came. */
  #isEndEnough(programFd: number): boolean {
    if (this.#options.transport !== 'none') {
      return false;
    }
    this.#lengthChanges ??= new LengthChanges(this.#options.lengthChangesPath);
    return !this.#lengthChanges.mayHappenIn(programFd);
  }
}
