// SPDX-License-Identifier: Apache-2.0
// Opens the state of a directory: adopts the one that fits, removes every other, and else makes a new one.
import { errorMessage } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { MapMaker, SharedMaps } from '../shared-maps.ts';
import { isUnfinished, type StateDirectory, type StateShape, stateName } from './directory.ts';
import { removeState } from './removal.ts';
import { PinnedState } from './state.ts';

/**
 * Throws what `make` and `verify` throw, and a SystemError where the kernel refuses.
 * @param make makes the maps @param verify is called with maps that are new
 */
export function openState(
  directory: StateDirectory,
  shape: StateShape,
  log: Log,
  make: MapMaker,
  verify: (maps: SharedMaps) => void,
): PinnedState {
  const wanted = stateName(shape);
  const remove = (found: string, reason: string) => {
    const detached = removeState(directory, found);
    log.warn(reason, { directory: directory.path, found, wanted, detached });
  };
  const [others, fitting] = [false, true].map((fits) =>
    directory.states().filter((name) => (name === wanted) === fits),
  );
  for (const found of others ?? []) {
    remove(
      found,
      isUnfinished(found)
        ? 'removed a pinned state that was cut short'
        : 'removed a pinned state that does not fit: counters start anew',
    );
  }
  if ((fitting ?? []).length > 0) {
    try {
      const state = PinnedState.adopt(directory, wanted, shape, make);
      const fields = { devices: state.devices.size, programs: state.undecided.length };
      log.info('adopted the pinned state', { directory: directory.path, ...fields });
      return state;
    } catch (error) {
      remove(wanted, `removed a pinned state: ${errorMessage(error)}; counters start anew`);
    }
  }
  const state = PinnedState.create(directory, wanted, shape, make, verify);
  log.info('pinned a new state', { directory: directory.path });
  return state;
}
