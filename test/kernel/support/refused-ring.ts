// SPDX-License-Identifier: Apache-2.0
// A process of its own, started without CAP_PERFMON, that tries to open a ring and prints the error: node refused-ring.js OBJECT

import { errorMessage } from '../../../src/errors.ts';
import { PerfEventRing } from '../../../src/kernel/perf-event-ring.ts';
import { SharedMaps } from '../../../src/kernel/shared-maps.ts';

const maps = new SharedMaps(process.argv[2] ?? '', 'xdp_exporter', [0]);
try {
  new PerfEventRing(maps.eventsFd, 0, 4096).close();
} catch (error) {
  process.stdout.write(errorMessage(error));
} finally {
  maps.close();
}
