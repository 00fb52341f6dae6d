// SPDX-License-Identifier: Apache-2.0
// Our own program on a device: the choice of mode, and what to say when the device refuses.
import { SystemError } from '../errors.ts';
import type { Device } from '../kernel/device.ts';
import { type LinkLayer, linkLayerOf, linkTypeName } from '../kernel/link-type.ts';
import type { AttachMode } from '../kernel/xdp-link.ts';
import type { DownReason, ProgramInfo, ProgramMode } from '../snapshot/device.ts';
import { type Instrument, InstrumentError } from './instrument.ts';

/** auto: native, and generic only where the driver has no native XDP. */
export type XdpMode = 'auto' | 'native' | 'generic';

/** Our program, held on a device by a link. */
export interface Attachment {
  readonly info: ProgramInfo;
  /** Throws a SystemError where the link cannot be read. */
  isAttached(): boolean;
  close(): void;
}

/** Another's program on a device. */
export interface Occupant {
  readonly name: string;
  readonly id: number;
  readonly mode: ProgramMode;
}

/** What it takes of the kernel, in the network namespace of the calling thread. */
export interface XdpHook {
  /** Whose program was on the device when it was looked at. */
  occupant(device: Device): Occupant | undefined;
  /** Undefined where the kernel cannot tell (before 6.3). */
  hasNativeXdp(ifindex: number): boolean | undefined;
  driver(device: Device): string | undefined;
  /** Throws a SystemError with the errno's symbol where the device refuses. */
  attach(device: Device, link: LinkLayer, slot: number, mode: AttachMode): Attachment;
}

/**
 * Puts our program on a device of the calling thread's network namespace. Never replaces a program, and never falls
 * to generic mode where the driver has a native one. Throws an InstrumentError where the device is taken, has frames
 * that cannot be parsed, has gone or refuses; what else `hook` throws, it hands on.
 */
export function attachInstrument(
  hook: XdpHook,
  device: Device,
  slot: number,
  mode: XdpMode,
): Instrument {
  requireFree(hook, device);
  const link = requireLink(device);
  const attach = (attachMode: AttachMode): Instrument => {
    try {
      const attachment = hook.attach(device, link, slot, attachMode);
      return {
        info: attachment.info,
        isUp: () => isHeld(attachment),
        close: () => attachment.close(),
      };
    } catch (error) {
      throw explain(hook, device, attachMode, error);
    }
  };
  if (mode === 'generic') {
    return attach('generic');
  }
  try {
    return attach('native');
  } catch (error) {
    if (mode === 'auto' && isWithoutNative(hook, device, error)) {
      return attach('generic');
    }
    throw error;
  }
}

/** A link that cannot be read is none that we hold: it is closed then, and made anew. */
function isHeld(attachment: Attachment): boolean {
  try {
    return attachment.isAttached();
  } catch {
    return false;
  }
}

function requireFree(hook: XdpHook, device: Device): void {
  const occupant = hook.occupant(device);
  if (occupant !== undefined) {
    throw new InstrumentError(
      'occupied',
      `attach XDP to "${device.name}": occupied by program "${occupant.name}" (id ${occupant.id}, ` +
        `mode ${occupant.mode}), which is left alone; the device is tried again until it is free`,
    );
  }
}

/** Throws an InstrumentError where its frames cannot be parsed. */
export function requireLink({ name, linkType, kind }: Device): LinkLayer {
  const link = linkLayerOf(linkType, kind);
  if (link === undefined) {
    throw new InstrumentError(
      'unsupported_link',
      `attach XDP to "${name}": frames of link type ${linkTypeName(linkType)}` +
        `${kind === undefined ? '' : `, kind "${kind}",`} cannot be parsed; ` +
        'name a device that carries Ethernet or IP',
    );
  }
  return link;
}

/** Drivers also say EOPNOTSUPP when an offload stands in the way; netlink tells the two apart (6.3). */
function isWithoutNative(hook: XdpHook, device: Device, error: unknown): boolean {
  return codeOf(error) === 'EOPNOTSUPP' && hook.hasNativeXdp(device.ifindex) !== true;
}

function codeOf(error: unknown): string | undefined {
  const cause = error instanceof InstrumentError ? error.cause : error;
  return cause instanceof SystemError ? cause.code : undefined;
}

function explain(hook: XdpHook, device: Device, mode: AttachMode, cause: unknown): unknown {
  const code = codeOf(cause);
  if (code === undefined) {
    return cause;
  }
  const advice = adviceFor(hook, device, mode, code);
  return new InstrumentError(
    REASONS[code] ?? 'refused',
    `attach XDP to "${device.name}" (ifindex ${device.ifindex}, mode ${mode}): ${code}${advice}`,
    { cause },
  );
}

function adviceFor(hook: XdpHook, device: Device, mode: AttachMode, code: string): string {
  if (code === 'EOPNOTSUPP' && mode === 'native') {
    const driver = hook.driver(device) ?? 'unknown';
    return hook.hasNativeXdp(device.ifindex) === true
      ? `: driver "${driver}" has native XDP but refuses it now; turn LRO off (ethtool -K DEVICE lro off), see dmesg, or use --xdp-mode generic`
      : `: driver "${driver}" has no native XDP; try --xdp-mode generic`;
  }
  return ADVICE[code] ?? '';
}

const REASONS: Readonly<Record<string, DownReason>> = {
  EBUSY: 'occupied',
  EEXIST: 'occupied',
  ENODEV: 'absent',
};

const ADVICE: Readonly<Record<string, string>> = {
  EBUSY: ': another program took the device first; it is left alone',
  EEXIST: ': a program is attached in the other mode; it is left alone',
  ENODEV: ': the device has gone',
  EINVAL: ': the driver refuses its present set-up; a smaller MTU may help, see dmesg',
  ERANGE: ': the MTU is too large for XDP; lower it, or use --xdp-mode generic',
  ENOMEM: ': the driver has too few queues or too little memory for XDP; see dmesg',
  EPERM: ': the kernel forbids it; CAP_NET_ADMIN in the namespace of the device is needed',
};
