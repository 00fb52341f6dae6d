// SPDX-License-Identifier: Apache-2.0
// Puts our program on a device: the choice of mode, and what to say when the device refuses.

import { ExporterError, SystemError } from '../errors.ts';
import type { Device } from '../kernel/device.ts';
import type { AttachMode } from '../kernel/xdp-link.ts';
import type { Attachment, Kernel } from './kernel.ts';
import type { XdpMode } from './messages.ts';

/** Never replaces a program, and never falls to generic mode where the driver has a native one. */
export function attachDevice(
  kernel: Kernel,
  device: Device,
  slot: number,
  mode: XdpMode,
): Attachment {
  const occupant = kernel.occupant(device.ifindex);
  if (occupant !== undefined) {
    throw new ExporterError(
      `attach XDP to "${device.name}": occupied by program "${occupant.name}" (id ${occupant.id}, ` +
        `mode ${occupant.mode}), which is left alone; the device is tried again until it is free`,
    );
  }
  try {
    return kernel.attach(device, slot, mode === 'generic' ? 'generic' : 'native');
  } catch (error) {
    if (mode === 'auto' && isWithoutNative(kernel, device, error)) {
      return attachGeneric(kernel, device, slot);
    }
    throw explain(kernel, device, mode === 'generic' ? 'generic' : 'native', error);
  }
}

/** Drivers also say EOPNOTSUPP when an offload stands in the way; netlink tells the two apart (6.3). */
function isWithoutNative(kernel: Kernel, device: Device, error: unknown): boolean {
  return codeOf(error) === 'EOPNOTSUPP' && kernel.hasNativeXdp(device.ifindex) !== true;
}

function attachGeneric(kernel: Kernel, device: Device, slot: number): Attachment {
  try {
    return kernel.attach(device, slot, 'generic');
  } catch (error) {
    throw explain(kernel, device, 'generic', error);
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof SystemError ? error.code : undefined;
}

function explain(kernel: Kernel, device: Device, mode: AttachMode, cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === undefined) {
    return cause;
  }
  const advice = adviceFor(kernel, device, mode, code);
  return new ExporterError(
    `attach XDP to "${device.name}" (ifindex ${device.ifindex}, mode ${mode}): ${code}${advice}`,
    { cause },
  );
}

function adviceFor(kernel: Kernel, device: Device, mode: AttachMode, code: string): string {
  if (code === 'EOPNOTSUPP' && mode === 'native') {
    const driver = kernel.driver(device) ?? 'unknown';
    return kernel.hasNativeXdp(device.ifindex) === true
      ? `: driver "${driver}" has native XDP but refuses it now; turn LRO off (ethtool -K DEVICE lro off), see dmesg, or use --xdp-mode generic`
      : `: driver "${driver}" has no native XDP; try --xdp-mode generic`;
  }
  return ADVICE[code] ?? '';
}

const ADVICE: Readonly<Record<string, string>> = {
  EBUSY: ': another program took the device first; it is left alone',
  EEXIST: ': a program is attached in the other mode; it is left alone',
  ENODEV: ': the device has gone',
  EINVAL: ': the driver refuses its present set-up; a smaller MTU may help, see dmesg',
  ERANGE: ': the MTU is too large for XDP; lower it, or use --xdp-mode generic',
  ENOMEM: ': the driver has too few queues or too little memory for XDP; see dmesg',
  EPERM: ': the kernel forbids it; CAP_NET_ADMIN in the namespace of the device is needed',
};
