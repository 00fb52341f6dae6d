// SPDX-License-Identifier: Apache-2.0
// What is wanted and what there is, as the reconciler is shown it.
import type { Device } from '../kernel/device.ts';

/** One network namespace at one moment: the devices that are wanted there, and those that there are. */
export interface Scene {
  /** The label of its devices; absent for the exporter's own. */
  readonly netns?: string;
  /** Tells the namespace from every other one, also from those that had its name before; absent where it is not there. */
  readonly identity?: string;
  /** Names, each once. */
  readonly wanted: readonly string[];
  /** Undefined where the namespace is not there now. */
  readonly present: readonly Device[] | undefined;
}
