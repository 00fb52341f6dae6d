// SPDX-License-Identifier: Apache-2.0
// Whether devices or default routes may have changed, by the notices of rtnetlink(7).
import { SystemError } from '../errors.ts';
import { decodeMessages, type Message } from './netlink.ts';
import { NETLINK_ROUTE, NetlinkSocket } from './netlink-socket.ts';

/** linux/rtnetlink.h: bit n - 1 for group n. */
const RTNLGRP_LINK = 1 << 0;
const RTNLGRP_IPV4_ROUTE = 1 << 6;
const RTNLGRP_IPV6_ROUTE = 1 << 10;
/** Linux 5.3; the kernel passes over groups that it does not know. */
const RTNLGRP_NEXTHOP = 1 << 31;
const GROUPS = (RTNLGRP_LINK | RTNLGRP_IPV4_ROUTE | RTNLGRP_IPV6_ROUTE | RTNLGRP_NEXTHOP) >>> 0;

const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;

/** struct rtmsg: family u8, destination length u8, ... */
const DESTINATION_LENGTH = 1;

/** What a call reads at most: whoever floods the socket must not hold up the caller. */
const MAX_NOTICES = 64;

/**
 * Listens in the network namespace of the thread that makes it, which lives until `close`: close it when the
 * namespace is gone. Throws a SystemError where the kernel gives no such socket.
 */
export class LinkEvents {
  readonly #socket = new NetlinkSocket(NETLINK_ROUTE, GROUPS);

  /**
   * Whether anything was said since the last call of devices, next hops or default routes, or whether notices were
   * lost. Other routes do not count: a router changes them without end. Never waits, and reads at most 64 notices.
   * Look from time to time all the same: the kernel says nothing of an alternative name of a device that is down,
   * nor of an XDP program that is attached by a BPF link.
   */
  changed(): boolean {
    let isChanged = false;
    for (let count = 0; count < MAX_NOTICES; count++) {
      const notice = this.#receive();
      if (notice === undefined) {
        return isChanged;
      }
      isChanged ||= notice === 'lost' || isRelevant(notice);
    }
    return true;
  }

  close(): void {
    this.#socket.close();
  }

  #receive(): Buffer | 'lost' | undefined {
    try {
      return this.#socket.receiveNotice();
    } catch (error) {
      if (error instanceof SystemError && error.code === 'ENOBUFS') {
        return 'lost';
      }
      throw error;
    }
  }
}

/** Also of a damaged notice: it may have been of a device. */
function isRelevant(notice: Buffer): boolean {
  try {
    return [...decodeMessages('read netlink notices', notice)].some(isOfDevice);
  } catch {
    return true;
  }
}

function isOfDevice({ type, payload }: Message): boolean {
  const isRoute = type === RTM_NEWROUTE || type === RTM_DELROUTE;
  return !isRoute || (payload[DESTINATION_LENGTH] ?? 0) === 0;
}
