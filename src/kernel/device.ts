// SPDX-License-Identifier: Apache-2.0
// Network devices of the calling thread's network namespace, by an RTM_GETLINK dump; see rtnetlink(7).
import { isUtf8 } from 'node:buffer';
import { SystemError } from '../errors.ts';
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';
import { addressOf, allocate } from '../ffi/memory.ts';
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
  linkInfo: 18,
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
  const kind = nested(attributes, IFLA.linkInfo).get(IFLA_INFO_KIND);
  return {
    name: deviceName(untilNul(rawName), ifindex),
    ifindex,
    altNames: readAltNames(attributes, ifindex),
    mtu: readU32(attributes.get(IFLA.mtu)) ?? 0,
    ...(maxMtu === 0 ? {} : { maxMtu }),
    linkType: payload.readUInt16LE(LINK_HEADER.type),
    ...(kind === undefined ? {} : { kind: untilNul(kind).toString() }),
    xdp: readOccupants(nested(attributes, IFLA.xdp)),
  };
}

const NOTHING = Buffer.alloc(0);

function nested(attributes: Attributes, type: number): Attributes {
  return decodeAttributes(attributes.get(type) ?? NOTHING);
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

function untilNul(bytes: Buffer): Buffer {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}

const IFNAMSIZ = 16;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SIOCGIFNAME = 0x8910;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GDRVINFO = 3;

/** struct ifreq: a name of IFNAMSIZ bytes, then a union. */
const IFREQ_SIZE_BYTES = 40;

/** struct ethtool_drvinfo: the command, then the driver's name. */
const DRVINFO = { sizeBytes: 196, driver: 4, driverEnd: 36 } as const;

/** The driver's own name for itself, such as "virtio_net"; undefined where it has no such word, as lo. */
export function readDriver({
  name,
  ifindex,
}: Pick<Device, 'name' | 'ifindex'>): string | undefined {
  const info = allocate(DRVINFO.sizeBytes);
  info.writeUInt32LE(ETHTOOL_GDRVINFO, 0);
  try {
    askEthtool(`read driver of "${name}"`, ifindex, info);
  } catch (error) {
    if (error instanceof SystemError) {
      return undefined;
    }
    throw error;
  }
  return untilNul(info.subarray(DRVINFO.driver, DRVINFO.driverEnd)).toString();
}

/**
 * These requests go by name. The one that the kernel itself gives is right byte for byte, and is the present
 * one of a device that was renamed.
 */
function askEthtool(operation: string, ifindex: number, command: Buffer): void {
  const { socket, ioctl, close } = libc();
  const request = Buffer.alloc(IFREQ_SIZE_BYTES);
  request.writeInt32LE(ifindex, IFNAMSIZ);
  const fd = checkErrno('open socket', socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0));
  try {
    checkErrno(operation, ioctl(fd, SIOCGIFNAME, request));
    request.writeBigUInt64LE(BigInt(addressOf(command)), IFNAMSIZ);
    checkErrno(operation, ioctl(fd, SIOCETHTOOL, request));
  } finally {
    close(fd);
  }
}
