// SPDX-License-Identifier: Apache-2.0
// Loaded with --import into the exporter's process: throws in the engine thread once it is at work.
import { isMainThread } from 'node:worker_threads';

const DELAY_MS = 1_000;

if (!isMainThread) {
  setTimeout(() => {
    throw new Error('injected fault');
  }, DELAY_MS);
}
