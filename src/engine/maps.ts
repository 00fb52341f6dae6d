// SPDX-License-Identifier: Apache-2.0
// The maps of counters and records: of this process alone, or pinned, and then those of an earlier one where they fit.
import { RequirementError } from '../errors.ts';
import { digestOf } from '../kernel/object-digests.ts';
import { fitRing } from '../kernel/ring-map.ts';
import { type MapMaker, SharedMaps } from '../kernel/shared-maps.ts';
import { StateDirectory } from '../kernel/state/directory.ts';
import { openState } from '../kernel/state/open.ts';
import type { PinnedState } from '../kernel/state/state.ts';
import type { Log } from '../log.ts';
import { ringSizeBytes } from '../recorder/ring.ts';
import type { EngineOptions } from './options.ts';

export interface OpenMaps {
  readonly maps: SharedMaps;
  /** Absent: the maps end with the process. */
  readonly state?: PinnedState;
  /** Of each ring at most, before the kernel was asked. */
  readonly ringBytes: number;
  close(): void;
}

/** What the maps are made by. */
export interface MapObject {
  /** The object first that the maps are made of, then others whose programs may use them. */
  readonly paths: readonly [string, ...string[]];
  readonly programName: string;
}

/**
 * Throws a RequirementError where the list of CPUs is not the kernel's, what SharedMaps throws, and with a directory what
 * `StateDirectory` and `openState` throw.
 */
export function openMaps(
  { paths, programName }: MapObject,
  options: Pick<EngineOptions, 'logger' | 'slots' | 'packetSizes' | 'statePin'>,
  possibleCpus: readonly number[],
  log: Log,
): OpenMaps {
  const { logger, slots, packetSizes, statePin } = options;
  const ringBytes = logger?.ringSizeBytes ?? ringSizeBytes(possibleCpus.length);
  const isMapped = logger?.transport === 'mapped';
  const ringRecords = isMapped ? fitRing(ringBytes) : 1;
  const make: MapMaker = (pinned) =>
    new SharedMaps(paths[0], programName, { possibleCpus, slots, ringRecords }, pinned);
  const verify = (maps: SharedMaps) => requireEveryCpu(maps, possibleCpus.length);
  if (statePin === undefined) {
    const maps = make();
    try {
      verify(maps);
    } catch (error) {
      maps.close();
      throw error;
    }
    return { maps, ringBytes, close: () => maps.close() };
  }
  const shape = {
    digest: digestOf(paths),
    cpus: possibleCpus.length,
    slots,
    ringRecords: isMapped ? ringRecords : 0,
    packetSizes,
  };
  const directory = new StateDirectory(statePin);
  try {
    const state = openState(directory, shape, log, make, verify);
    const close = () => {
      state.close();
      directory.close();
    };
    return { maps: state.maps, state, ringBytes, close };
  } catch (error) {
    directory.close();
    throw error;
  }
}

/** A container may be shown a part of the list. */
function requireEveryCpu(maps: SharedMaps, listed: number): void {
  const counted = maps.countCpus();
  if (counted !== listed) {
    throw new RequirementError(
      `read list of possible CPUs: it has ${listed}, but the kernel counts for ${counted}; let the exporter see the machine's own /sys/devices/system/cpu/possible`,
    );
  }
}
