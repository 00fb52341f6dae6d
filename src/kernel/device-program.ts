// SPDX-License-Identifier: Apache-2.0
// One device's own instance of the XDP program, loaded for its slot and held on it by a link.
import type { ProgramInfo } from '../snapshot/device.ts';
import { LENGTH_SOURCES, LINKS, TRANSPORTS } from './layout.ts';
import { BpfObject } from './object.ts';
import { readProgramInfo } from './program-info.ts';
import { type ProgramSettings, writeSettings } from './program-settings.ts';
import type { SharedMaps } from './shared-maps.ts';
import { type AttachMode, XdpLink } from './xdp-link.ts';

export type Link = keyof typeof LINKS;
export type Transport = keyof typeof TRANSPORTS;
type LengthSource = keyof typeof LENGTH_SOURCES;

export interface ProgramOptions {
  readonly objectPath: string;
  /** The same, able to learn a length by "cast"; where it is absent, that way is left out. */
  readonly castObjectPath?: string;
  readonly programName: string;
  /** Of the device in the shared maps. */
  readonly slot: number;
  /** What its frames begin with. */
  readonly link: Link;
  readonly packetSizes: boolean;
  readonly transport: Transport;
  /** Records also carry the time of their packet. */
  readonly recordTimes: boolean;
  /**
   * The device's frames may not fit one buffer, so the program takes fragments where the kernel can. "if-cheap":
   * they do now, but the MTU may be raised, which a single-buffer program that is attached would prevent.
   */
  readonly multiBuffer: boolean | 'if-cheap';
}

/** An object file, and how its program is to learn a frame's length. */
interface Variant {
  readonly path: string;
  readonly source: LengthSource;
}

/** Best first. What this kernel cannot load is found out by trying. */
function variantsOf({ objectPath: path, castObjectPath, multiBuffer }: ProgramOptions): Variant[] {
  const linear: Variant = { path, source: 'linear' };
  if (!multiBuffer) {
    return [linear];
  }
  const cast: Variant[] =
    castObjectPath === undefined ? [] : [{ path: castObjectPath, source: 'cast' }];
  // To ask the helper costs 9 ns a packet.
  const helper: Variant[] = multiBuffer === true ? [{ path, source: 'helper' }] : [];
  return [...cast, ...helper, linear];
}

/** Loads the program for one slot. The caller closes the object. */
export function loadProgram(maps: SharedMaps, options: ProgramOptions): BpfObject {
  const failures: unknown[] = [];
  for (const variant of variantsOf(options)) {
    try {
      return loadVariant(maps, options, variant);
    } catch (error) {
      failures.push(error);
    }
  }
  // The plainest variant's failure is the one that no other variant could have avoided.
  throw failures.at(-1);
}

/** Loads this variant or none. The caller closes the object. */
export function loadVariant(
  maps: SharedMaps,
  options: ProgramOptions,
  { path, source }: Variant,
): BpfObject {
  const object = new BpfObject(path);
  try {
    maps.shareWith(object);
    writeSettings(object, settingsOf(options, source, maps.ringRecords));
    if (source !== 'linear') {
      object.program(options.programName).acceptFragments();
    }
    object.load(options.programName);
    return object;
  } catch (error) {
    object.close();
    throw error;
  }
}

function settingsOf(
  options: ProgramOptions,
  source: LengthSource,
  ringRecords: number,
): ProgramSettings {
  return {
    slot: options.slot,
    length_source: LENGTH_SOURCES[source],
    link: LINKS[options.link],
    transport: TRANSPORTS[options.transport],
    ring_mask: ringRecords - 1,
    packet_sizes: Number(options.packetSizes),
    record_times: Number(options.recordTimes),
  };
}

/** What holds a program on a device. */
export interface Hold {
  isAttached(): boolean;
  /** Detaches. */
  close(): void;
  /** The process is about to end: detaches only what would end with it. */
  leave(): void;
}

/** Attaches the program behind a descriptor to a device of the calling thread's network namespace. */
export type HoldProgram = (programFd: number, ifindex: number, mode: AttachMode) => Hold;

/** A loaded program on a device. */
export class DeviceProgram {
  readonly info: ProgramInfo;
  readonly #link: Hold;

  /** @param hold by default it is gone from the device when this is closed or the process ends */
  constructor(
    maps: SharedMaps,
    options: ProgramOptions,
    ifindex: number,
    mode: AttachMode,
    hold: HoldProgram = (...attach) => new XdpLink(...attach),
  ) {
    const object = loadProgram(maps, options);
    try {
      const { fd } = object.program(options.programName);
      this.info = { ...readProgramInfo(fd), mode, role: 'attached' };
      this.#link = hold(fd, ifindex, mode);
    } finally {
      // The link holds the program and the program its maps. The object would cost each device eight more descriptors.
      object.close();
    }
  }

  isAttached(): boolean {
    return this.#link.isAttached();
  }

  close(): void {
    this.#link.close();
  }

  leave(): void {
    this.#link.leave();
  }
}
