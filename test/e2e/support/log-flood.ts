// SPDX-License-Identifier: Apache-2.0
// Loaded with --import into the exporter's process: logs to standard error as the exporter does, 20 MB a second.
import { isMainThread } from 'node:worker_threads';
import { streamSink } from '../../../src/log.ts';

const PERIOD_MS = 10;
const LINES = 1_000;
const MESSAGE = 'x'.repeat(150);

if (isMainThread) {
  const sink = streamSink('info', 'logfmt', process.stderr);
  setInterval(() => {
    for (let line = 0; line < LINES; line++) {
      sink({ level: 'info', message: MESSAGE, fields: {} });
    }
  }, PERIOD_MS).unref();
}
