// SPDX-License-Identifier: Apache-2.0
// The maps of the tracepoint programs: made once, with all programs where the kernel takes them together.
import { constants } from 'node:os';
import { checkResult, errnoName } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { REDIRECT_ERRORS } from '../snapshot/tracepoints.ts';
import { BpfObject } from './object.ts';
import { PerCpuHash, wordsOf } from './per-cpu-hash.ts';
import { PerCpuMap } from './per-cpu-map.ts';
import { TRACEPOINT_COUNTERS, TRACEPOINT_FRAMES, TRACEPOINT_PATH } from './tracepoint-layout.ts';

export const TRACEPOINTS = [
  'xdp_exception',
  'xdp_redirect_err',
  'xdp_devmap_xmit',
  'xdp_cpumap_enqueue',
] as const;

export type TracepointName = (typeof TRACEPOINTS)[number];

/** Those whose events can find no room in a map, in the order of the keys of tp_missed. */
export const MISSABLE: readonly string[] = ['xdp_devmap_xmit', 'xdp_cpumap_enqueue'];

/** TRACEPOINT_NO_PLACE: of a device that is not watched. */
export const NO_PLACE = 0xffff_ffff;

const DEVICES = 'tp_devices';
const COUNTERS = 'tp_counters';
const DEVMAP = 'tp_devmap';
const CPUMAP = 'tp_cpumap';
const MISSED = 'tp_missed';
const SETTINGS = '.rodata';
/** TRACEPOINT_ERRNOS: the size of the table in SETTINGS. */
const ERRNOS = 256;
const SHARED = [DEVICES, COUNTERS, DEVMAP, CPUMAP, MISSED, SETTINGS] as const;

/** How large the maps are to be. */
export interface TracepointMapSizes {
  readonly possibleCpus: number;
  /** Devices that can be watched at a time. */
  readonly places: number;
  /** Pairs of devices, and pairs of a cpumap and a CPU. */
  readonly devmapPaths: number;
  readonly cpumapPaths: number;
}

/** A device, whatever its network namespace. */
export interface DeviceAddress {
  /** Inode of the namespace's file. */
  readonly inode: number;
  readonly ifindex: number;
}

/** Belongs to whoever made it. Programs that were loaded with it go on with its maps after `close`. */
export class TracepointMaps {
  /** By place: struct tracepoint_counters. */
  readonly counters: PerCpuMap;
  /** By struct tracepoint_path: struct tracepoint_frames. */
  readonly devmap: PerCpuHash;
  readonly cpumap: PerCpuHash;
  /** By index in `MISSABLE`: events that found no room. */
  readonly missed: PerCpuMap;
  readonly #object: BpfObject;
  readonly #hasPrograms: boolean;

  /** Needs CAP_BPF, and for the programs CAP_PERFMON. */
  constructor(objectPath: string, sizes: TracepointMapSizes) {
    const { possibleCpus, devmapPaths, cpumapPaths } = sizes;
    const { object, hasPrograms } = loadObject(objectPath, sizes);
    this.#object = object;
    this.#hasPrograms = hasPrograms;
    try {
      const fdOf = (name: string) => this.#object.map(name).fd;
      const shape = {
        wordsPerKey: TRACEPOINT_PATH.sizeBytes / 4,
        valueSizeBytes: TRACEPOINT_FRAMES.sizeBytes,
        possibleCpus,
      };
      this.counters = new PerCpuMap(fdOf(COUNTERS), TRACEPOINT_COUNTERS.sizeBytes, possibleCpus);
      this.devmap = new PerCpuHash(fdOf(DEVMAP), { ...shape, maxEntries: devmapPaths });
      this.cpumap = new PerCpuHash(fdOf(CPUMAP), { ...shape, maxEntries: cpumapPaths });
      this.missed = new PerCpuMap(fdOf(MISSED), 8, possibleCpus);
    } catch (error) {
      this.#object.close();
      throw error;
    }
  }

  /** Valid until `close`; undefined where the kernel does not take every program, and each is to be tried by itself. */
  programFd(name: TracepointName): number | undefined {
    return this.#hasPrograms ? this.#object.program(name).fd : undefined;
  }

  /** From now on events of the device are counted at the place. */
  watch({ inode, ifindex }: DeviceAddress, place: number): void {
    const { bpf_map_update_elem } = libbpf();
    const fd = this.#object.map(DEVICES).fd;
    const result = bpf_map_update_elem(fd, wordsOf([inode, ifindex]), wordsOf([place]), 0);
    checkResult(`watch device ${ifindex} at tracepoints`, result.value);
  }

  unwatch({ inode, ifindex }: DeviceAddress): void {
    const fd = this.#object.map(DEVICES).fd;
    const { value } = libbpf().bpf_map_delete_elem(fd, wordsOf([inode, ifindex]));
    if (value !== -constants.errno.ENOENT) {
      checkResult(`let go of device ${ifindex} at tracepoints`, value);
    }
  }

  /** Sets all that is counted at a place to zero, and forgets all paths from it or to it. */
  clear(place: number): void {
    this.counters.clear(place);
    const { count, keys } = this.devmap.read();
    // A copy: what is deleted is not to be looked for in the memory of the read.
    const paths = Array.from({ length: count }, (_, index) => [
      ...keys.subarray(2 * index, 2 * index + 2),
    ]);
    for (const path of paths.filter((each) => each.includes(place))) {
      this.devmap.delete(path);
    }
  }

  /** Before `object` is loaded: have it use these maps. */
  shareWith(object: BpfObject): void {
    for (const name of SHARED) {
      object.map(name).reuse(this.#object.map(name).fd);
    }
  }

  close(): void {
    this.#object.close();
  }
}

/** Each load reads all types of the kernel, which takes longer than the rest of it. So the programs come along if they can. */
function loadObject(
  objectPath: string,
  sizes: TracepointMapSizes,
): { readonly object: BpfObject; readonly hasPrograms: boolean } {
  try {
    return { object: loadMaps(objectPath, sizes, []), hasPrograms: true };
  } catch {
    // A kernel that lacks one tracepoint refuses all of the object.
    return { object: loadMaps(objectPath, sizes, TRACEPOINTS), hasPrograms: false };
  }
}

/** @param skipped programs that are left out */
function loadMaps(
  objectPath: string,
  { places, devmapPaths, cpumapPaths }: TracepointMapSizes,
  skipped: readonly TracepointName[],
): BpfObject {
  const object = new BpfObject(objectPath);
  try {
    object.map(DEVICES).setMaxEntries(places);
    object.map(COUNTERS).setMaxEntries(places);
    object.map(DEVMAP).setMaxEntries(devmapPaths);
    object.map(CPUMAP).setMaxEntries(cpumapPaths);
    setErrorCounters(object);
    for (const name of skipped) {
      object.program(name).skip();
    }
    object.load('maps of tracepoints');
    return object;
  } catch (error) {
    object.close();
    throw error;
  }
}

/** The errno of every symbol that is counted by itself; all others have the first counter. */
function setErrorCounters(object: BpfObject): void {
  const section = object.map(SETTINGS);
  const counters = section.initialValue();
  const symbols: readonly string[] = REDIRECT_ERRORS;
  for (let errno = 1; errno < ERRNOS; errno++) {
    counters.writeUInt8(Math.max(0, symbols.indexOf(errnoName(errno))), errno);
  }
  section.setInitialValue(counters);
}
