// SPDX-License-Identifier: Apache-2.0
// The observers of all programs: one for each program and link layer, however many devices share it.
import { SystemError } from '../errors.ts';
import type { ProgramComponent, ProgramInfo } from '../snapshot/device.ts';
import { LengthChanges } from './length-changes.ts';
import { currentNetns, Observer, type ObserverOptions } from './observer.ts';
import { openProgramOrPin } from './pins.ts';
import { readExtensions } from './program-extensions.ts';
import {
  openProgram,
  type ProgramIdentity,
  readNamedProgram,
  withProgram,
} from './program-info.ts';
import type { SharedMaps } from './shared-maps.ts';

type ObservedProgram = ProgramIdentity & Pick<ProgramInfo, 'components'>;

/** One device under an observer. Whoever opens it closes it. */
export interface DeviceObservation {
  /** Of the program, with its full name where that may be read. */
  readonly program: ObservedProgram;
  /** Packets whose end was not seen since this was opened, on whatever device the program runs. */
  missed(): number;
  close(): void;
}

export interface ObserversOptions extends Omit<ObserverOptions, 'link' | 'endAlone'> {
  /** See LengthChanges. */
  readonly lengthChangesPath: string;
  /** Where programs are pinned that may not be opened by their id: paths and globs of paths. */
  readonly pins: readonly string[];
}

interface Shared {
  readonly observer: Observer;
  readonly program: ObservedProgram;
  devices: number;
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
    const observe = (fd: number) => {
      const endAlone = this.#isEndEnough(fd);
      return new Observer(this.#maps, { ...this.#options, link, endAlone }, fd);
    };
    return withProgram(openProgramOrPin(programId, this.#options.pins), (fd) => {
      const program = readNamedProgram(fd);
      const components = componentsOf(fd, programId);
      // libxdp puts a program that is alone in the place of the dispatcher's own function.
      const whole = components.find(({ function: replaced }) => replaced === program.name);
      const observer = whole ? withProgram(openProgram(whole.id), observe) : observe(fd);
      const parts = components.length === 0 ? {} : { components };
      return { observer, program: { ...program, ...parts }, devices: 0 };
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

/** None where they may not be listed: no reason not to count. */
function componentsOf(programFd: number, id: number): readonly ProgramComponent[] {
  try {
    return readExtensions(programFd, id);
  } catch (error) {
    if (error instanceof SystemError) {
      return [];
    }
    throw error;
  }
}
