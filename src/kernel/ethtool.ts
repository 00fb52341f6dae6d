// SPDX-License-Identifier: Apache-2.0
// What a driver says of a device by ethtool's ioctl; see linux/ethtool.h.
import { SystemError } from '../errors.ts';
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';
import { addressOf, allocate } from '../ffi/memory.ts';
import { type Device, untilNul } from './device.ts';

type NamedDevice = Pick<Device, 'name' | 'ifindex'>;

const IFNAMSIZ = 16;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SIOCGIFNAME = 0x8910;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GDRVINFO = 3;
const ETHTOOL_GCHANNELS = 0x3c;

/** struct ifreq: a name of IFNAMSIZ bytes, then a union. */
const IFREQ_SIZE_BYTES = 40;

/** struct ethtool_drvinfo: the command, then the driver's name. */
const DRVINFO = { sizeBytes: 196, driver: 4, driverEnd: 36 } as const;

/**
 * struct ethtool_channels: the command, then what there may be of each kind and what there is: channels that only
 * receive, only send, do something else, do both.
 */
const CHANNELS = { sizeBytes: 36, maxRx: 4, maxBoth: 16, rx: 20, both: 32 } as const;

/** The driver's own name for itself, such as "virtio_net"; undefined where it has no such word, as lo. */
export function readDriver(device: NamedDevice): string | undefined {
  const info = ask(`read driver of "${device.name}"`, device, ETHTOOL_GDRVINFO, DRVINFO.sizeBytes);
  return info && untilNul(info.subarray(DRVINFO.driver, DRVINFO.driverEnd)).toString();
}

/** Queues that receive. */
export interface Queues {
  readonly current: number;
  /** What "ethtool -L" may raise them to. */
  readonly most: number;
}

/** Undefined where the driver does not say. */
export function readQueues(device: NamedDevice): Queues | undefined {
  const operation = `read queues of "${device.name}"`;
  const channels = ask(operation, device, ETHTOOL_GCHANNELS, CHANNELS.sizeBytes);
  return (
    channels && {
      current: channels.readUInt32LE(CHANNELS.rx) + channels.readUInt32LE(CHANNELS.both),
      most: channels.readUInt32LE(CHANNELS.maxRx) + channels.readUInt32LE(CHANNELS.maxBoth),
    }
  );
}

/** The structure as the driver fills it; undefined where it does not know the command. */
function ask(
  operation: string,
  { ifindex }: NamedDevice,
  command: number,
  sizeBytes: number,
): Buffer | undefined {
  const structure = allocate(sizeBytes);
  structure.writeUInt32LE(command, 0);
  try {
    askEthtool(operation, ifindex, structure);
    return structure;
  } catch (error) {
    if (error instanceof SystemError) {
      return undefined;
    }
    throw error;
  }
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
