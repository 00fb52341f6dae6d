// SPDX-License-Identifier: Apache-2.0
// The devices of the default routes, by dumps of routes and next hops; see rtnetlink(7) and ip-nexthop(8).
import { SystemError } from '../errors.ts';
import { type Attributes, decodeAttributes, readU32 } from './netlink.ts';
import { NETLINK_ROUTE, type NetlinkSocket, STOP, withNetlink } from './netlink-socket.ts';

const AF_INET = 2;
const AF_INET6 = 10;

/** linux/rtnetlink.h. */
const RTM_GETROUTE = 26;
const RT_TABLE_MAIN = 254;
const RTN_UNICAST = 1;
const RTM_F_CLONED = 0x200;
const RTNH_F_DEAD = 1;
const RTA = { destination: 1, outDevice: 4, multipath: 9, table: 15, nextHopId: 30 } as const;

/** struct rtmsg: family, destination length, source length, TOS, table, protocol, scope and type as u8, flags u32. */
const ROUTE_HEADER = {
  sizeBytes: 12,
  family: 0,
  destinationLength: 1,
  table: 4,
  type: 7,
  flags: 8,
} as const;

/** struct rtnexthop: length u16, flags u8, hops u8, ifindex i32, then attributes. */
const HOP_HEADER = { sizeBytes: 8, flags: 2, ifindex: 4 } as const;

/** linux/nexthop.h, Linux 5.3. */
const RTM_GETNEXTHOP = 106;
const NHA = { id: 1, group: 2, outDevice: 5 } as const;

/** struct nhmsg: family, scope, protocol and reserved as u8, flags u32. */
const NEXT_HOP_HEADER = { sizeBytes: 8, flags: 4 } as const;

/** struct nexthop_grp: id u32, weight and reserved. */
const GROUP_MEMBER_SIZE_BYTES = 8;

/** Where one default route leads. */
export interface DefaultRoute {
  readonly ifindexes: readonly number[];
  /** Of a next hop object, or of a group of them: it is in a table of its own. */
  readonly nextHopId?: number;
}

/** A next hop object: its device, or the ids of a group's members. */
export interface NextHop {
  readonly id: number;
  readonly ifindex?: number;
  readonly members: readonly number[];
}

/**
 * The ifindex of every device that a default route leads to, each once: of IPv4 and IPv6, of every metric, of every
 * next hop of a multipath route and of every member of a next hop group. Table main alone counts, and unicast routes
 * alone: no blackhole, unreachable or prohibit. A next hop counts while its link has no carrier, since the route is
 * still there; one that the kernel marks as dead does not. A family that the kernel does not have has no route.
 *
 * Throws as `listDevices` does. It reads all IPv6 routes, 2 us each: ask when `LinkEvents` says so, not each second.
 */
export function defaultRouteDevices(): number[] {
  const routes = [AF_INET, AF_INET6].flatMap(dumpDefaultRoutes);
  const needsNextHops = routes.some(({ nextHopId }) => nextHopId !== undefined);
  return resolveDevices(routes, needsNextHops ? dumpNextHops() : []);
}

/** The devices of `routes`, each once. */
export function resolveDevices(
  routes: readonly DefaultRoute[],
  nextHops: readonly NextHop[],
): number[] {
  const byId = new Map(nextHops.map((nextHop) => [nextHop.id, nextHop]));
  const devicesOf = (id: number | undefined) => {
    const nextHop = id === undefined ? undefined : byId.get(id);
    // No group is a member of a group, so that one level is all there is.
    const members = nextHop?.members.map((member) => byId.get(member)) ?? [];
    return [nextHop, ...members].map((hop) => hop?.ifindex);
  };
  const found = routes.flatMap(({ ifindexes, nextHopId }) => [
    ...ifindexes,
    ...devicesOf(nextHopId),
  ]);
  return [...new Set(found)].filter((ifindex) => ifindex !== undefined);
}

function dumpDefaultRoutes(family: number): DefaultRoute[] {
  const request = Buffer.alloc(ROUTE_HEADER.sizeBytes);
  request.writeUInt8(family);
  request.writeUInt8(RT_TABLE_MAIN, ROUTE_HEADER.table);
  request.writeUInt8(RTN_UNICAST, ROUTE_HEADER.type);
  return dumpIfSupported((socket) => {
    socket.filterDumps();
    return socket.dump('list routes', RTM_GETROUTE, request, (payload) =>
      isBeyondDefaults(payload) ? STOP : decodeDefaultRoute(payload),
    );
  });
}

function dumpNextHops(): NextHop[] {
  const request = Buffer.alloc(NEXT_HOP_HEADER.sizeBytes);
  return dumpIfSupported((socket) =>
    socket.dump('list next hops', RTM_GETNEXTHOP, request, decodeNextHop),
  );
}

/** ENOENT: a table without a route may not be there at all. */
function dumpIfSupported<Item>(dump: (socket: NetlinkSocket) => Item[]): Item[] {
  try {
    return withNetlink(NETLINK_ROUTE, dump);
  } catch (error) {
    if (error instanceof SystemError && ['EOPNOTSUPP', 'ENOENT'].includes(error.code)) {
      return [];
    }
    throw error;
  }
}

/**
 * Whether no default route of the table follows, so that a router's million routes need not be read. The kernel goes
 * through an IPv4 table by ascending destination (fib_table_dump), and the default routes are at 0.0.0.0. An IPv6
 * table has its default routes at the end.
 */
export function isBeyondDefaults(payload: Buffer): boolean {
  if (
    payload.length < ROUTE_HEADER.sizeBytes ||
    payload[ROUTE_HEADER.family] !== AF_INET ||
    payload[ROUTE_HEADER.table] !== RT_TABLE_MAIN
  ) {
    return false;
  }
  const destination = decodeAttributes(payload.subarray(ROUTE_HEADER.sizeBytes)).get(
    RTA.destination,
  );
  return (readU32(destination) ?? 0) !== 0;
}

/** The payload of an RTM_NEWROUTE message; undefined where it is no default route that counts. */
export function decodeDefaultRoute(payload: Buffer): DefaultRoute | undefined {
  // Hundreds of thousands of routes pass here: what is no default route must cost next to nothing.
  if (payload.length < ROUTE_HEADER.sizeBytes || payload[ROUTE_HEADER.destinationLength] !== 0) {
    return undefined;
  }
  const family = payload.readUInt8();
  const flags = payload.readUInt32LE(ROUTE_HEADER.flags);
  const attributes = decodeAttributes(payload.subarray(ROUTE_HEADER.sizeBytes));
  const table = readU32(attributes.get(RTA.table)) ?? payload.readUInt8(ROUTE_HEADER.table);
  const isCounted =
    (family === AF_INET || family === AF_INET6) &&
    payload.readUInt8(ROUTE_HEADER.type) === RTN_UNICAST &&
    table === RT_TABLE_MAIN &&
    (flags & RTM_F_CLONED) === 0;
  return isCounted ? readHops(attributes, flags) : undefined;
}

function readHops(attributes: Attributes, flags: number): DefaultRoute {
  const single = (flags & RTNH_F_DEAD) === 0 ? readIfindex(attributes.get(RTA.outDevice)) : [];
  const multipath = attributes.get(RTA.multipath);
  const nextHopId = readU32(attributes.get(RTA.nextHopId));
  return {
    ifindexes: [...single, ...(multipath === undefined ? [] : readMultipath(multipath))],
    ...(nextHopId === undefined ? {} : { nextHopId }),
  };
}

function readIfindex(value: Buffer | undefined): number[] {
  const ifindex = readU32(value) ?? 0;
  return ifindex === 0 ? [] : [ifindex];
}

/** A damaged entry ends the list. */
function readMultipath(bytes: Buffer): number[] {
  const ifindexes: number[] = [];
  let offset = 0;
  while (offset + HOP_HEADER.sizeBytes <= bytes.length) {
    const length = bytes.readUInt16LE(offset);
    if (length < HOP_HEADER.sizeBytes || offset + length > bytes.length) {
      break;
    }
    if ((bytes.readUInt8(offset + HOP_HEADER.flags) & RTNH_F_DEAD) === 0) {
      ifindexes.push(...readIfindex(bytes.subarray(offset + HOP_HEADER.ifindex, offset + length)));
    }
    offset += (length + 3) & ~3;
  }
  return ifindexes;
}

/** The payload of an RTM_NEWNEXTHOP message; undefined where it is damaged, or the next hop is dead. */
export function decodeNextHop(payload: Buffer): NextHop | undefined {
  if (payload.length < NEXT_HOP_HEADER.sizeBytes) {
    return undefined;
  }
  const isDead = (payload.readUInt32LE(NEXT_HOP_HEADER.flags) & RTNH_F_DEAD) !== 0;
  const attributes = decodeAttributes(payload.subarray(NEXT_HOP_HEADER.sizeBytes));
  const id = readU32(attributes.get(NHA.id));
  if (id === undefined || isDead) {
    return undefined;
  }
  const [ifindex] = readIfindex(attributes.get(NHA.outDevice));
  const members = readMembers(attributes.get(NHA.group));
  return { id, members, ...(ifindex === undefined ? {} : { ifindex }) };
}

function readMembers(group: Buffer | undefined): number[] {
  const count = Math.floor((group?.length ?? 0) / GROUP_MEMBER_SIZE_BYTES);
  return Array.from({ length: count }, (_, index) =>
    (group as Buffer).readUInt32LE(index * GROUP_MEMBER_SIZE_BYTES),
  );
}
