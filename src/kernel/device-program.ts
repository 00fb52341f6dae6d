// SPDX-License-Identifier: Apache-2.0
// One device's own instance of the XDP program, loaded for its slot and held on it by a link.
import type { ProgramInfo } from '../snapshot/snapshot.ts';
import { LENGTH_SOURCES, type LengthSource, SETTINGS } from './abi.ts';
import { BpfObject } from './object.ts';
import { readProgramInfo } from './program-info.ts';
import type { SharedMaps } from './shared-maps.ts';
import { type AttachMode, XdpLink } from './xdp-link.ts';

export interface ProgramOptions {
  readonly objectPath: string;
  /** The same, able to learn a length by "cast"; where it is absent, that way is left out. */
  readonly castObjectPath?: string;
  readonly programName: string;
  /** Index of the device in the shared maps. */
  readonly slot: number;
  readonly packetSizes: boolean;
  /** "times": records also carry the time of their packet. */
  readonly logger: 'off' | 'on' | 'times';
  /** The device's frames may not fit one buffer, so the program must take fragments where the kernel can. */
  readonly multiBuffer: boolean;
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
  const helper: Variant = { path, source: 'helper' };
  return castObjectPath === undefined
    ? [helper, linear]
    : [{ path: castObjectPath, source: 'cast' }, helper, linear];
}

/** Loads the program for one slot. The caller closes the object. */
export function loadProgram(maps: SharedMaps, options: ProgramOptions): BpfObject {
  const failures: unknown[] = [];
  for (const { path, source } of variantsOf(options)) {
    const object = new BpfObject(path);
    try {
      maps.shareWith(object);
      applySettings(object, options, source);
      object.load(options.programName);
      return object;
    } catch (error) {
      object.close();
      failures.push(error);
    }
  }
  // The plainest variant's failure is the one that no other variant could have avoided.
  throw failures.at(-1);
}

function applySettings(object: BpfObject, options: ProgramOptions, source: LengthSource): void {
  const section = object.map('.rodata');
  const value = section.initialValue();
  value.writeUInt32LE(options.slot, SETTINGS.offsets.device_slot);
  value.writeUInt32LE(LENGTH_SOURCES[source], SETTINGS.offsets.length_source);
  value.writeUInt32LE(options.packetSizes ? 1 : 0, SETTINGS.offsets.packet_sizes);
  value.writeUInt32LE(options.logger === 'off' ? 0 : 1, SETTINGS.offsets.logger);
  value.writeUInt32LE(options.logger === 'times' ? 1 : 0, SETTINGS.offsets.log_times);
  section.setInitialValue(value);
  if (source !== 'linear') {
    object.program(options.programName).acceptFragments();
  }
}

/** A loaded program on a device. It is gone from the device when this is closed or the process ends. */
export class DeviceProgram {
  readonly info: ProgramInfo;
  readonly #object: BpfObject;
  readonly #link: XdpLink;

  constructor(maps: SharedMaps, options: ProgramOptions, ifindex: number, mode: AttachMode) {
    this.#object = loadProgram(maps, options);
    try {
      const { fd } = this.#object.program(options.programName);
      this.info = { ...readProgramInfo(fd), mode };
      this.#link = new XdpLink(fd, ifindex, mode);
    } catch (error) {
      this.#object.close();
      throw error;
    }
  }

  isAttached(): boolean {
    return this.#link.isAttached();
  }

  close(): void {
    this.#link.close();
    this.#object.close();
  }
}
