// SPDX-License-Identifier: Apache-2.0
// A network namespace as the engine has seen it.
import type { Scene } from '../instruments/scene.ts';
import type { WatchedNamespace } from './namespaces.ts';

/** What is wanted and what there is in one namespace. */
export interface Place extends Scene {
  readonly namespace: WatchedNamespace;
  /** Of the namespace's file; absent where it is not there. */
  readonly inode?: number;
}
