// SPDX-License-Identifier: Apache-2.0
// The device of the default route, from proc(5): /proc/net/route and /proc/net/ipv6_route.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** thread-self, not self: the engine thread may live in another network namespace than its process. */
const PROC_NET = '/proc/thread-self/net';

const RTF_UP = 1;

interface Route {
  readonly device: string;
  readonly metric: number;
}

/** The IPv4 default route of the lowest metric, else the IPv6 one; undefined without any. */
export function findDefaultRouteDevice(root = PROC_NET): string | undefined {
  const best = (routes: Route[]) => routes.sort((a, b) => a.metric - b.metric)[0]?.device;
  return best(readIpv4Defaults(root)) ?? best(readIpv6Defaults(root));
}

/** Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask ...; hexadecimal but for the metric. */
function readIpv4Defaults(root: string): Route[] {
  return readRows(join(root, 'route'))
    .filter(([, destination, , flags, , , , mask]) => {
      const up = (Number.parseInt(flags ?? '0', 16) & RTF_UP) !== 0;
      return destination === '00000000' && mask === '00000000' && up;
    })
    .map(([device = '', , , , , , metric]) => ({ device, metric: Number(metric) }));
}

/** Columns: destination, its prefix length, source, its length, next hop, metric, refs, use, flags, device. */
function readIpv6Defaults(root: string): Route[] {
  return readRows(join(root, 'ipv6_route'))
    .filter(([destination, length, , , , , , , flags, device]) => {
      const up = (Number.parseInt(flags ?? '0', 16) & RTF_UP) !== 0;
      return /^0{32}$/.test(destination ?? '') && length === '00' && up && device !== 'lo';
    })
    .map((columns) => ({
      device: columns[9] ?? '',
      metric: Number.parseInt(columns[5] ?? '0', 16),
    }));
}

function readRows(path: string): string[][] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    // The kernel has no such family: no route of it either.
    return [];
  }
  return text.split('\n').map((line) => line.trim().split(/\s+/));
}
