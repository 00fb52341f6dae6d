// SPDX-License-Identifier: Apache-2.0
// What a driver says of its XDP, by the kernel's "netdev" netlink family (Linux 6.3; Documentation/netlink/specs/netdev.yaml).
import { type Attributes, decodeAttributes, encodeAttribute } from './netlink.ts';
import { NETLINK_GENERIC, type NetlinkSocket, withNetlink } from './netlink-socket.ts';

/** struct genlmsghdr: command u8, version u8, reserved u16. */
const GENERIC_HEADER = 4;

const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;
const NETDEV_CMD_DEV_GET = 1;
const NETDEV_A_DEV_IFINDEX = 1;
const NETDEV_A_DEV_XDP_FEATURES = 3;
const NETDEV_XDP_ACT_BASIC = 1n;
const NETDEV_XDP_ACT_RX_SG = 1n << 5n;

export interface XdpFeatures {
  /** The driver runs XDP by itself. */
  readonly native: boolean;
  /** It does so for frames of many buffers, too. */
  readonly fragments: boolean;
}

/** Whether the device's driver runs XDP natively; undefined where the kernel cannot tell. */
export function hasNativeXdp(ifindex: number): boolean | undefined {
  return readXdpFeatures(ifindex)?.native;
}

/** Undefined where the kernel cannot tell. */
export function readXdpFeatures(ifindex: number): XdpFeatures | undefined {
  try {
    return withNetlink(NETLINK_GENERIC, (socket) => askFeatures(socket, ifindex));
  } catch {
    // Older kernels lack the family, some sandboxes netlink itself; attaching will tell.
    return undefined;
  }
}

function askFeatures(socket: NetlinkSocket, ifindex: number): XdpFeatures | undefined {
  const name = encodeAttribute(CTRL_ATTR_FAMILY_NAME, Buffer.from('netdev\0'));
  const family = askGeneric(socket, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, name)
    .get(CTRL_ATTR_FAMILY_ID)
    ?.readUInt16LE();
  if (family === undefined) {
    return undefined;
  }
  const index = Buffer.alloc(4);
  index.writeUInt32LE(ifindex);
  const device = encodeAttribute(NETDEV_A_DEV_IFINDEX, index);
  const features = askGeneric(socket, family, NETDEV_CMD_DEV_GET, device)
    .get(NETDEV_A_DEV_XDP_FEATURES)
    ?.readBigUInt64LE();
  return features === undefined
    ? undefined
    : {
        native: (features & NETDEV_XDP_ACT_BASIC) !== 0n,
        fragments: (features & NETDEV_XDP_ACT_RX_SG) !== 0n,
      };
}

function askGeneric(
  socket: NetlinkSocket,
  family: number,
  command: number,
  attribute: Buffer,
): Attributes {
  const header = Buffer.from([command, 1, 0, 0]);
  const request = Buffer.concat([header, attribute]);
  const reply = socket.request('read XDP features', family, request);
  return decodeAttributes(reply.subarray(GENERIC_HEADER));
}
