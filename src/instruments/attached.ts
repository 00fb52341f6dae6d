// SPDX-License-Identifier: Apache-2.0
// Our own program on a device: the choice of mode, and what to say when the device refuses.
import { SystemError } from '../errors.ts';
import type { Device } from '../kernel/device.ts';
import { type LinkLayer, linkLayerOf, linkTypeName } from '../kernel/link-type.ts';
import type { AttachMode } from '../kernel/xdp-link.ts';
import { explainReason } from '../reasons.ts';
import type { DownReason, ProgramInfo, ProgramMode } from '../snapshot/device.ts';
import { type Instrument, InstrumentError } from './instrument.ts';
import { ATTACH_REASONS, codeOf, reasonOf } from './refusal.ts';

/** auto: native, and generic only where the driver has no native XDP. */
export type XdpMode = 'auto' | 'native' | 'generic';

/** Our program, held on a device by a link. */
export interface Attachment {
  readonly info: ProgramInfo;
  /** Throws a SystemError where the link cannot be read. */
  isAttached(): boolean;
  close(): void;
  /** The process is about to end: leaves in the kernel what can go on without it. Absent: nothing can. */
  leave?(): void;
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
  /** The program of ours that an earlier process left on the device, for that slot; undefined where there is none. */
  adopt?(device: Device, slot: number): Attachment | undefined;
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
      return instrumentOf(hook.attach(device, link, slot, attachMode));
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

/** Goes on with the program that an earlier process left on the device; undefined where there is none. */
export function adoptInstrument(
  hook: XdpHook,
  device: Device,
  slot: number,
): Instrument | undefined {
  const attachment = hook.adopt?.(device, slot);
  return attachment && { ...instrumentOf(attachment), isAdopted: true };
}

function instrumentOf(attachment: Attachment): Instrument {
  return {
    info: attachment.info,
    isUp: () => isHeld(attachment),
    close: () => attachment.close(),
    ...(attachment.leave === undefined ? {} : { leave: () => attachment.leave?.() }),
  };
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
    const { name, id, mode } = occupant;
    const detail = `occupied by program "${name}" (id ${id}, mode ${mode})`;
    throw new InstrumentError(
      'occupied',
      `attach XDP to "${device.name}": ${explainReason('occupied', detail)}`,
    );
  }
}

/** Throws an InstrumentError where its frames cannot be parsed. */
export function requireLink({ name, linkType, kind }: Device): LinkLayer {
  const link = linkLayerOf(linkType, kind);
  if (link === undefined) {
    const type = `${linkTypeName(linkType)}${kind === undefined ? '' : `, kind "${kind}",`}`;
    const detail = `frames of link type ${type} cannot be parsed`;
    throw new InstrumentError(
      'unsupported_link',
      `attach XDP to "${name}": ${explainReason('unsupported_link', detail)}`,
    );
  }
  return link;
}

/** Drivers also say EOPNOTSUPP when an offload stands in the way; netlink tells the two apart (6.3). */
function isWithoutNative(hook: XdpHook, device: Device, error: unknown): boolean {
  const isRefusal = error instanceof InstrumentError && codeOf(error) === 'EOPNOTSUPP';
  return isRefusal && hook.hasNativeXdp(device.ifindex) !== true;
}

function explain(hook: XdpHook, device: Device, mode: AttachMode, cause: unknown): unknown {
  // A program that could not be loaded says itself why.
  if (!(cause instanceof SystemError)) {
    return cause;
  }
  const { code } = cause;
  const { reason, detail } =
    code === 'EOPNOTSUPP' && mode === 'native'
      ? explainNative(hook, device)
      : { reason: reasonOf(cause, ATTACH_REASONS), detail: undefined };
  return new InstrumentError(
    reason,
    `attach XDP to "${device.name}" (ifindex ${device.ifindex}, mode ${mode}): ${code}: ${explainReason(reason, detail)}`,
    { cause },
  );
}

function explainNative(hook: XdpHook, device: Device): { reason: DownReason; detail: string } {
  const driver = `driver "${hook.driver(device) ?? 'unknown'}"`;
  return hook.hasNativeXdp(device.ifindex) === true
    ? {
        reason: 'offloads',
        detail: `${driver} has native XDP but refuses it in its current configuration`,
      }
    : { reason: 'no_native', detail: `${driver} has no native XDP` };
}
