// SPDX-License-Identifier: Apache-2.0
// All that is fuzzed: an entry each.
import type { Target } from './target.ts';
import { accept } from './targets/accept.ts';
import { authorization } from './targets/authorization.ts';
import { filter } from './targets/filter.ts';
import { frames } from './targets/frames.ts';
import { httpFraming } from './targets/http-framing.ts';
import { mappedRing } from './targets/mapped-ring.ts';
import { netlink } from './targets/netlink.ts';
import { netlinkSocket } from './targets/netlink-socket.ts';
import { networksFile } from './targets/networks-file.ts';
import { optionFile } from './targets/option-file.ts';
import { packetReaders } from './targets/packet-readers.ts';
import { peaks } from './targets/peaks.ts';
import { perfRing } from './targets/perf-ring.ts';
import { programInfo } from './targets/program-info.ts';
import { records } from './targets/records.ts';
import { topLists } from './targets/top-lists.ts';
import { webConfig } from './targets/web-config.ts';

export const TARGETS: readonly Target[] = [
  mappedRing,
  perfRing,
  records,
  topLists,
  packetReaders,
  peaks,
  netlink,
  netlinkSocket,
  programInfo,
  filter,
  accept,
  authorization,
  frames,
  optionFile,
  networksFile,
  webConfig,
  httpFraming,
];
