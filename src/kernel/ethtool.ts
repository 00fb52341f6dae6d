// SPDX-License-Identifier: Apache-2.0
// What a driver says of a device by ethtool's ioctl; see linux/ethtool.h.
import { SystemError } from '../errors.ts';
import { checkErrno } from '../ffi/errno.ts';
import { libc } from '../ffi/libc.ts';
import { addressOf, allocate } from '../ffi/memory.ts';
import type { DeviceInfo } from '../snapshot/device.ts';
import { type Device, untilNul } from './device.ts';

type NamedDevice = Pick<Device, 'name' | 'ifindex'>;

const IFNAMSIZ = 16;
const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SIOCGIFNAME = 0x8910;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GDRVINFO = 3;
const ETHTOOL_GCHANNELS = 0x3c;
const ETHTOOL_GLINKSETTINGS = 0x4c;

/** struct ifreq: a name of IFNAMSIZ bytes, then a union. */
const IFREQ_SIZE_BYTES = 40;

/** struct ethtool_drvinfo: the command, then the driver's name. */
const DRVINFO = { sizeBytes: 196, driver: 4, driverEnd: 36 } as const;

/**
 * struct ethtool_channels: the command, then what there may be of each kind and what there is: channels that only
 * receive, only send, do something else, do both.
 */
const CHANNELS = { sizeBytes: 36, maxRx: 4, maxBoth: 16, rx: 20, both: 32 } as const;

/**
 * struct ethtool_link_settings: the command, then the speed in Mb/s. Behind it are three masks of as many words as the
 * kernel wants: it first says how many, as a negative number.
 */
const LINK_SETTINGS = { sizeBytes: 48, speed: 4, maskWords: 15, mostMaskWords: 127 } as const;

/** SPEED_UNKNOWN, and what drivers say that have only 16 bits for it. */
const UNKNOWN_SPEEDS: readonly number[] = [0, 0xffff, 0xffff_ffff];

/** The driver's own name for itself, such as "virtio_net"; undefined where it has no such word, as lo. */
export function readDriver(device: NamedDevice): string | undefined {
  return withDevice(device, driverOf);
}

/** Queues that receive. */
export interface Queues {
  readonly current: number;
  /** What "ethtool -L" may raise them to. */
  readonly most: number;
}

/** Undefined where the driver does not say. */
export function readQueues(device: NamedDevice): Queues | undefined {
  return withDevice(device, queuesOf);
}

/** What the driver does not say is left out. */
export function readDeviceInfo(device: NamedDevice & Pick<Device, 'mtu'>): DeviceInfo {
  const { mtu } = device;
  const nothing = { driver: '', mtu };
  return (
    withDevice(device, (ask) => {
      const speedMbps = speedOf(ask);
      const queues = queuesOf(ask);
      return {
        driver: driverOf(ask) ?? '',
        mtu,
        ...(speedMbps === undefined ? {} : { speedMbps }),
        ...(queues === undefined ? {} : { rxQueues: queues.current }),
      };
    }) ?? nothing
  );
}

/** Gives a structure, whose first word is the command, to the driver to fill in. False where it does not know the command. */
type Ask = (structure: Buffer, command: number) => boolean;

function driverOf(ask: Ask): string | undefined {
  const info = allocate(DRVINFO.sizeBytes);
  return ask(info, ETHTOOL_GDRVINFO)
    ? untilNul(info.subarray(DRVINFO.driver, DRVINFO.driverEnd)).toString()
    : undefined;
}

function queuesOf(ask: Ask): Queues | undefined {
  const channels = allocate(CHANNELS.sizeBytes);
  return ask(channels, ETHTOOL_GCHANNELS)
    ? {
        current: channels.readUInt32LE(CHANNELS.rx) + channels.readUInt32LE(CHANNELS.both),
        most: channels.readUInt32LE(CHANNELS.maxRx) + channels.readUInt32LE(CHANNELS.maxBoth),
      }
    : undefined;
}

/** Mb/s; undefined also while there is no link. */
function speedOf(ask: Ask): number | undefined {
  const { sizeBytes, speed, maskWords, mostMaskWords } = LINK_SETTINGS;
  const settings = allocate(sizeBytes + 3 * 4 * mostMaskWords);
  if (!ask(settings, ETHTOOL_GLINKSETTINGS)) {
    return undefined;
  }
  settings.writeInt8(-settings.readInt8(maskWords), maskWords);
  const isTold = settings.readInt8(maskWords) > 0 && ask(settings, ETHTOOL_GLINKSETTINGS);
  const speedMbps = settings.readUInt32LE(speed);
  return isTold && !UNKNOWN_SPEEDS.includes(speedMbps) ? speedMbps : undefined;
}

/**
 * One socket for all that is asked. Undefined where the device is gone. These requests go by name. The one that the
 * kernel itself gives is right byte for byte, and is the present one of a device that was renamed.
 */
function withDevice<Answer>(
  { name, ifindex }: NamedDevice,
  work: (ask: Ask) => Answer,
): Answer | undefined {
  const { socket, ioctl, close } = libc();
  const request = Buffer.alloc(IFREQ_SIZE_BYTES);
  request.writeInt32LE(ifindex, IFNAMSIZ);
  const fd = checkErrno('open socket', socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0));
  const isDone = (code: number) =>
    !isRefused(() => checkErrno(`ask driver of "${name}"`, ioctl(fd, code, request)));
  try {
    return isDone(SIOCGIFNAME)
      ? work((structure, command) => {
          structure.writeUInt32LE(command, 0);
          request.writeBigUInt64LE(BigInt(addressOf(structure)), IFNAMSIZ);
          return isDone(SIOCETHTOOL);
        })
      : undefined;
  } finally {
    close(fd);
  }
}

/** Throws what is no refusal of the kernel. */
function isRefused(call: () => void): boolean {
  try {
    call();
    return false;
  } catch (error) {
    if (error instanceof SystemError) {
      return true;
    }
    throw error;
  }
}
