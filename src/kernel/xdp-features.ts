// SPDX-License-Identifier: Apache-2.0
// What a driver says of its XDP, by the kernel's "netdev" netlink family (Linux 6.3; Documentation/netlink/specs/netdev.yaml).
import { encodeAttribute, GenericNetlink } from './netlink.ts';

const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
const CTRL_ATTR_FAMILY_ID = 1;
const CTRL_ATTR_FAMILY_NAME = 2;
const NETDEV_CMD_DEV_GET = 1;
const NETDEV_A_DEV_IFINDEX = 1;
const NETDEV_A_DEV_XDP_FEATURES = 3;
const NETDEV_XDP_ACT_BASIC = 1n;

/** Whether the device's driver runs XDP natively; undefined where the kernel cannot tell. */
export function hasNativeXdp(ifindex: number): boolean | undefined {
  try {
    const netlink = new GenericNetlink();
    try {
      return askNativeXdp(netlink, ifindex);
    } finally {
      netlink.close();
    }
  } catch {
    // Older kernels lack the family, some sandboxes netlink itself; attaching will tell.
    return undefined;
  }
}

function askNativeXdp(netlink: GenericNetlink, ifindex: number): boolean | undefined {
  const name = encodeAttribute(CTRL_ATTR_FAMILY_NAME, Buffer.from('netdev\0'));
  const family = netlink
    .request(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, name)
    .get(CTRL_ATTR_FAMILY_ID)
    ?.readUInt16LE();
  if (family === undefined) {
    return undefined;
  }
  const index = Buffer.alloc(4);
  index.writeUInt32LE(ifindex);
  const features = netlink
    .request(family, NETDEV_CMD_DEV_GET, encodeAttribute(NETDEV_A_DEV_IFINDEX, index))
    .get(NETDEV_A_DEV_XDP_FEATURES)
    ?.readBigUInt64LE();
  return features === undefined ? undefined : (features & NETDEV_XDP_ACT_BASIC) !== 0n;
}
