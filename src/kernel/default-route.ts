// SPDX-License-Identifier: Apache-2.0
// The device of the default route, from proc(5): /proc/net/route and /proc/net/ipv6_route.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** thread-self, not self: the engine thread may live in another network namespace than its process. */
const PROC_NET = '/proc/thread-self/net';

/** linux/route.h: in use, and not one that refuses or drops (blackhole, unreachable, prohibit). */
const RTF_UP = 0x1;
const RTF_REJECT = 0x200;

function isUsable(flags: string | undefined): boolean {
  return (Number.parseInt(flags ?? '0', 16) & (RTF_UP | RTF_REJECT)) === RTF_UP;
}

interface Route {
  /** The bytes of its name, as latin1. */
  readonly device: string;
  readonly metric: number;
}

/** The kernel's name of the device: of the IPv4 default route of the lowest metric, else of the IPv6 one. */
export function findDefaultRouteDevice(root = PROC_NET): Buffer | undefined {
  const best = (routes: Route[]) => routes.sort((a, b) => a.metric - b.metric)[0]?.device;
  const device = best(readIpv4Defaults(root)) ?? best(readIpv6Defaults(root));
  return device === undefined ? undefined : Buffer.from(device, 'latin1');
}

/**
 * "*" is no device: the table shows a blackhole so, and a device that was really given this name is taken for one.
 * Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask ...; hexadecimal but for the metric.
 */
function readIpv4Defaults(root: string): Route[] {
  return readRows(join(root, 'route'))
    .filter(([device, destination, , flags, , , , mask]) => {
      const isDefault = destination === '00000000' && mask === '00000000';
      return isDefault && device !== '*' && isUsable(flags);
    })
    .map(([device = '', , , , , , metric]) => ({ device, metric: Number(metric) }));
}

/** Columns: destination, its prefix length, source, its length, next hop, metric, refs, use, flags, device. */
function readIpv6Defaults(root: string): Route[] {
  return readRows(join(root, 'ipv6_route'))
    .filter(([destination, length, , , , , , , flags, device]) => {
      const isDefault = /^0{32}$/.test(destination ?? '') && length === '00';
      return isDefault && device !== 'lo' && isUsable(flags);
    })
    .map((columns) => ({
      device: columns[9] ?? '',
      metric: Number.parseInt(columns[5] ?? '0', 16),
    }));
}

function readRows(path: string): string[][] {
  let text: string;
  try {
    text = readFileSync(path, 'latin1');
  } catch {
    // The kernel has no such family: no route of it either.
    return [];
  }
  // Not \s, which is more than the kernel keeps out of names.
  return text.split('\n').map((line) => line.split(/[ \t]+/).filter((column) => column !== ''));
}
