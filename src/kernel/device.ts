// SPDX-License-Identifier: Apache-2.0
// Network devices of the calling thread's network namespace, by an RTM_GETLINK dump; see rtnetlink(7).
import { isUtf8 } from 'node:buffer';
import {
  type Attributes,
  decodeAttributes,
  encodeAttribute,
  listAttributes,
  readU32,
} from './netlink.ts';
import { NETLINK_ROUTE, withNetlink } from './netlink-socket.ts';

/** Ids of the programs in a device's XDP slots; 0 where a slot is free. */
export interface XdpOccupants {
  readonly native: number;
  readonly generic: number;
  readonly offload: number;
}

/** The one whose verdict comes first, as the driver's is: two modes at once are rare. */
export function programOf(
  xdp: XdpOccupants,
): { readonly id: number; readonly mode: keyof XdpOccupants } | undefined {
  const mode = (['native', 'generic', 'offload'] as const).find((each) => xdp[each] !== 0);
  return mode && { id: xdp[mode], mode };
}

/** What the kernel says of a device at one moment. */
export interface Device {
  /** To show, and unique in the namespace: see `deviceName`. The kernel is asked by `ifindex`. */
  readonly name: string;
  /** Unique within the namespace for the device's life: another index under the same name is another device. */
  readonly ifindex: number;
  /** Its alternative names ("ip link property add dev eth0 altname wan"), as text like `name`. Linux 5.5. */
  readonly altNames: readonly string[];
  /** The largest payload in bytes, as `ip link` shows it. */
  readonly mtu: number;
  /** What the MTU may be raised to, in bytes; absent where the driver sets no limit. */
  readonly maxMtu?: number;
  /** ARPHRD_* of linux/if_arp.h: see `linkLayerOf`. */
  readonly linkType: number;
  /** The kernel's word for a device made by software, such as "veth" or "tun"; hardware has none. */
  readonly kind?: string;
  /** Index of the device that it is a part of, as the bond of a slave or the bridge of a port; absent where it is of none. */
  readonly master?: number;
  /** Index of the device that it stands on, as the parent of a VLAN; absent where it has none in this namespace. */
  readonly parent?: number;
  /** Everybody's programs, ours too. */
  readonly xdp: XdpOccupants;
}

const REPLACEMENT = '\ufffd';

/**
 * The kernel's name as text where it is UTF-8; it may be any bytes but "/", ":" and white space. Else each bad
 * byte is U+FFFD, and "#" and the index follow, such as "et\ufffdh#12". Names that hold U+FFFD by themselves get
 * the index too: so no two devices of a namespace ever have one name.
 */
export function deviceName(rawName: Buffer, ifindex: number): string {
  const text = rawName.toString('utf8');
  return isUtf8(rawName) && !text.includes(REPLACEMENT) ? text : `${text}#${ifindex}`;
}

/** linux/rtnetlink.h and linux/if_link.h. */
const RTM_GETLINK = 18;
const IFLA = {
  name: 3,
  mtu: 4,
  link: 5,
  master: 10,
  linkInfo: 18,
  linkNamespace: 37,
  xdp: 43,
  maxMtu: 51,
  propList: 52,
  altName: 53,
} as const;
const IFLA_EXT_MASK = 29;
const WANTED: ReadonlySet<number> = new Set(Object.values(IFLA));
const IFLA_INFO_KIND = 1;
const IFLA_XDP = { native: 5, generic: 6, offload: 7 } as const;
const RTEXT_FILTER_SKIP_STATS = 8;

/** Kinds whose IFLA_LINK is the other end of a pair, which takes other frames. */
const PAIRS: ReadonlySet<string> = new Set(['veth', 'netkit', 'vxcan']);

/** struct ifinfomsg: family u8, padding u8, type u16, index i32, flags u32, change u32. */
const LINK_HEADER = { sizeBytes: 16, type: 2, index: 4 } as const;

/**
 * Every device, in the kernel's order. Throws a SystemError where the kernel refuses, an ExporterError where its
 * answer is damaged or takes longer than 2 s.
 */
export function listDevices(): Device[] {
  const mask = Buffer.alloc(4);
  mask.writeUInt32LE(RTEXT_FILTER_SKIP_STATS);
  const request = Buffer.concat([
    Buffer.alloc(LINK_HEADER.sizeBytes),
    encodeAttribute(IFLA_EXT_MASK, mask),
  ]);
  return withNetlink(NETLINK_ROUTE, (socket) =>
    socket.dump('list network devices', RTM_GETLINK, request, decodeDevice),
  );
}

/** The payload of an RTM_NEWLINK message; undefined where it holds no device with a name. */
export function decodeDevice(payload: Buffer): Device | undefined {
  if (payload.length < LINK_HEADER.sizeBytes) {
    return undefined;
  }
  const ifindex = payload.readInt32LE(LINK_HEADER.index);
  const attributes = decodeAttributes(payload.subarray(LINK_HEADER.sizeBytes), WANTED);
  const rawName = attributes.get(IFLA.name);
  if (rawName === undefined || ifindex <= 0) {
    return undefined;
  }
  const maxMtu = readU32(attributes.get(IFLA.maxMtu)) ?? 0;
  const rawKind = nested(attributes, IFLA.linkInfo).get(IFLA_INFO_KIND);
  const kind = rawKind && untilNul(rawKind).toString();
  const master = readU32(attributes.get(IFLA.master)) ?? 0;
  const parent = readParent(attributes, ifindex, kind);
  return {
    name: deviceName(untilNul(rawName), ifindex),
    ifindex,
    altNames: readAltNames(attributes, ifindex),
    mtu: readU32(attributes.get(IFLA.mtu)) ?? 0,
    ...(maxMtu === 0 ? {} : { maxMtu }),
    linkType: payload.readUInt16LE(LINK_HEADER.type),
    ...(kind === undefined ? {} : { kind }),
    ...(master === 0 ? {} : { master }),
    ...(parent === 0 ? {} : { parent }),
    xdp: readOccupants(nested(attributes, IFLA.xdp)),
  };
}

const NOTHING = Buffer.alloc(0);

function nested(attributes: Attributes, type: number): Attributes {
  return decodeAttributes(attributes.get(type) ?? NOTHING);
}

/** An index of another namespace would mean a device of ours that has nothing to do with it. */
function readParent(attributes: Attributes, ifindex: number, kind: string | undefined): number {
  const isElsewhere = attributes.has(IFLA.linkNamespace);
  const parent = readU32(attributes.get(IFLA.link)) ?? 0;
  return isElsewhere || parent === ifindex || PAIRS.has(kind ?? '') ? 0 : parent;
}

/** The list may hold other properties one day. */
function readAltNames(attributes: Attributes, ifindex: number): string[] {
  return [...listAttributes(attributes.get(IFLA.propList) ?? NOTHING)]
    .filter(([type]) => type === IFLA.altName)
    .map(([, rawName]) => deviceName(untilNul(rawName), ifindex));
}

/** One id for each slot that is taken, also where several are (IFLA_XDP_PROG_ID is left out then). */
function readOccupants(xdp: Attributes): XdpOccupants {
  return {
    native: readU32(xdp.get(IFLA_XDP.native)) ?? 0,
    generic: readU32(xdp.get(IFLA_XDP.generic)) ?? 0,
    offload: readU32(xdp.get(IFLA_XDP.offload)) ?? 0,
  };
}

/** Up to its end or its first NUL. */
export function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
