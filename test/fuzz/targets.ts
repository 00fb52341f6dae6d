// SPDX-License-Identifier: Apache-2.0
// All that is fuzzed: an entry each.
import type { Target } from './target.ts';
import { mappedRing } from './targets/mapped-ring.ts';
import { packetReaders } from './targets/packet-readers.ts';
import { peaks } from './targets/peaks.ts';
import { perfRing } from './targets/perf-ring.ts';
import { records } from './targets/records.ts';
import { topLists } from './targets/top-lists.ts';

export const TARGETS: readonly Target[] = [
  mappedRing,
  perfRing,
  records,
  topLists,
  packetReaders,
  peaks,
];
