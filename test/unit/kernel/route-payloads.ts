// SPDX-License-Identifier: Apache-2.0
// The bytes of routes and next hops, as rtnetlink gives them.
import { attribute } from './netlink-answers.ts';

export const RTA = {
  destination: 1,
  outDevice: 4,
  multipath: 9,
  table: 15,
  nextHopId: 30,
} as const;
export const NHA = { id: 1, group: 2, outDevice: 5 } as const;

export interface RouteHeader {
  readonly family?: number;
  readonly length?: number;
  readonly table?: number;
  readonly type?: number;
  readonly flags?: number;
}

/** The payload of RTM_NEWROUTE: struct rtmsg of a unicast default route in table main, then attributes. */
export function route(header: RouteHeader, ...attributes: Buffer[]): Buffer {
  const { family = 2, length = 0, table = 254, type = 1, flags = 0 } = header;
  const bytes = Buffer.from([family, length, 0, 0, table, 3, 0, type, 0, 0, 0, 0]);
  bytes.writeUInt32LE(flags, 8);
  return Buffer.concat([bytes, ...attributes]);
}

/** struct rtnexthop, and a gateway. */
export function hop(ifindex: number, flags = 0): Buffer {
  const gateway = attribute(5, 0x01020304);
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(bytes.length + gateway.length);
  bytes.writeUInt8(flags, 2);
  bytes.writeInt32LE(ifindex, 4);
  return Buffer.concat([bytes, gateway]);
}

export function multipath(...hops: Buffer[]): Buffer {
  return attribute(RTA.multipath, Buffer.concat(hops));
}

/** The payload of RTM_NEWNEXTHOP. */
export function nextHop(flags: number, ...attributes: Buffer[]): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(flags, 4);
  return Buffer.concat([bytes, ...attributes]);
}

/** struct nexthop_grp of each member. */
export function group(...ids: number[]): Buffer {
  return attribute(
    NHA.group,
    Buffer.concat(
      ids.map((id) => {
        const member = Buffer.alloc(8);
        member.writeUInt32LE(id);
        return member;
      }),
    ),
  );
}
