// SPDX-License-Identifier: Apache-2.0
// Network devices of the calling thread's network namespace: names, indexes, MTU, driver, XDP occupant.
import { isUtf8 } from 'node:buffer';
import { SystemError } from '../errors.ts';
import { checkErrno, checkPointer, checkResult } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { libc } from '../ffi/libc.ts';
import type { Address } from '../ffi/library.ts';
import { addressOf, allocate, readMemory } from '../ffi/memory.ts';

export interface Device {
  /** To show, and unique in the namespace: see `deviceName`. The kernel is asked by `ifindex`. */
  readonly name: string;
  /** Unique within the namespace for the device's life: another index under the same name is another device. */
  readonly ifindex: number;
}

const IFNAMSIZ = 16;

/** struct if_nameindex: an index and a pointer to a name; index 0 ends the array. */
const NAME_INDEX_SIZE_BYTES = 16;

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

/** By if_nameindex(3), which asks the kernel and not sysfs: sysfs shows the namespace it was mounted in. */
export function listDevices(): Device[] {
  const { if_nameindex, if_freenameindex } = libc();
  const table = checkPointer('list network devices', if_nameindex());
  try {
    const devices: Device[] = [];
    for (let entry = table; ; entry += NAME_INDEX_SIZE_BYTES) {
      const device = readNameIndex(entry);
      if (device.ifindex === 0) {
        return devices;
      }
      devices.push(device);
    }
  } finally {
    if_freenameindex(table);
  }
}

function readNameIndex(entry: Address): Device {
  const fields = readMemory(entry, NAME_INDEX_SIZE_BYTES);
  const ifindex = fields.readUInt32LE(0);
  if (ifindex === 0) {
    return { name: '', ifindex };
  }
  // libc allocates each name with strdup: copy no more than its own bytes.
  const address = Number(fields.readBigUInt64LE(8));
  const rawName = readMemory(address, libc().strnlen(address, IFNAMSIZ).value);
  return { name: deviceName(rawName, ifindex), ifindex };
}

const AF_INET = 2;
const SOCK_DGRAM_CLOEXEC = 2 | 0o2000000;
const SIOCGIFNAME = 0x8910;
const SIOCGIFMTU = 0x8921;
const SIOCGIFINDEX = 0x8933;
const SIOCETHTOOL = 0x8946;
const ETHTOOL_GDRVINFO = 3;

/** struct ifreq: a name of IFNAMSIZ bytes, then a union. */
const IFREQ_SIZE_BYTES = 40;

/** struct ethtool_drvinfo: the command, then the driver's name. */
const DRVINFO = { sizeBytes: 196, driver: 4, driverEnd: 36 } as const;

/** The largest payload in bytes, as `ip link` shows it. */
export function readMtu(device: Device): number {
  const operation = `read MTU of "${device.name}"`;
  const request = askDevice(operation, device.ifindex, SIOCGIFMTU);
  return request.readInt32LE(IFNAMSIZ);
}

/** The driver's own name for itself, such as "virtio_net"; undefined where it has no such word, as lo. */
export function readDriver(device: Device): string | undefined {
  const info = allocate(DRVINFO.sizeBytes);
  info.writeUInt32LE(ETHTOOL_GDRVINFO, 0);
  const address = Buffer.alloc(8);
  address.writeBigUInt64LE(BigInt(addressOf(info)));
  try {
    askDevice(`read driver of "${device.name}"`, device.ifindex, SIOCETHTOOL, address);
  } catch (error) {
    if (error instanceof SystemError) {
      return undefined;
    }
    throw error;
  }
  const driver = info.subarray(DRVINFO.driver, DRVINFO.driverEnd);
  return driver.toString('utf8', 0, driver.indexOf(0));
}

/** The device of that very name; undefined where there is none. */
export function findDevice(rawName: Buffer): Device | undefined {
  const request = Buffer.alloc(IFREQ_SIZE_BYTES);
  rawName.copy(request, 0, 0, IFNAMSIZ - 1);
  try {
    withSocket((ask) => ask(`find device "${rawName}"`, SIOCGIFINDEX, request));
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENODEV') {
      return undefined;
    }
    throw error;
  }
  const ifindex = request.readInt32LE(IFNAMSIZ);
  return { name: deviceName(rawName, ifindex), ifindex };
}

/**
 * These requests go by name. The one that the kernel itself gives is right byte for byte, and is the present
 * one of a device that was renamed.
 */
function askDevice(operation: string, ifindex: number, command: number, union?: Buffer): Buffer {
  const request = Buffer.alloc(IFREQ_SIZE_BYTES);
  request.writeInt32LE(ifindex, IFNAMSIZ);
  withSocket((ask) => {
    ask(operation, SIOCGIFNAME, request);
    union?.copy(request, IFNAMSIZ);
    ask(operation, command, request);
  });
  return request;
}

type Ask = (operation: string, command: number, request: Buffer) => void;

function withSocket(use: (ask: Ask) => void): void {
  const { socket, ioctl, close } = libc();
  const fd = checkErrno('open socket', socket(AF_INET, SOCK_DGRAM_CLOEXEC, 0));
  try {
    use((operation, command, request) => checkErrno(operation, ioctl(fd, command, request)));
  } finally {
    close(fd);
  }
}

/** struct bpf_xdp_query_opts in libbpf.h. */
const QUERY_OPTIONS = { sizeBytes: 32, native: 12, offload: 16, generic: 20 } as const;

/** Ids of the programs in a device's XDP slots; 0 where a slot is free. */
export interface XdpOccupants {
  readonly native: number;
  readonly generic: number;
  readonly offload: number;
}

export function queryXdp(ifindex: number): XdpOccupants {
  const options = Buffer.alloc(QUERY_OPTIONS.sizeBytes);
  options.writeBigUInt64LE(BigInt(options.length), 0);
  const { value } = libbpf().bpf_xdp_query(ifindex, 0, options);
  checkResult(`query XDP on ifindex ${ifindex}`, value);
  return {
    native: options.readUInt32LE(QUERY_OPTIONS.native),
    offload: options.readUInt32LE(QUERY_OPTIONS.offload),
    generic: options.readUInt32LE(QUERY_OPTIONS.generic),
  };
}
