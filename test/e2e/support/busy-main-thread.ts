// SPDX-License-Identifier: Apache-2.0
// Loaded with --import into the exporter's process: blocks its main thread 60 ms in every 200.
import { isMainThread } from 'node:worker_threads';

const PERIOD_MS = 200;
const BLOCKED_MS = 60;

if (isMainThread) {
  setInterval(() => {
    const end = performance.now() + BLOCKED_MS;
    while (performance.now() < end) {
      // Nothing else can run on this thread now.
    }
  }, PERIOD_MS).unref();
}
