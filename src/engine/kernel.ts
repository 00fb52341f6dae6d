// SPDX-License-Identifier: Apache-2.0
// What the engine needs of the kernel, and the real thing. Unit tests give the engine a kernel of their own.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ExporterError, errorMessage, RequirementError } from '../errors.ts';
import type { Attachment, XdpHook } from '../instruments/attached.ts';
import type { Estate } from '../instruments/inheritance.ts';
import type { Observation, ObserveHook } from '../instruments/observed.ts';
import type { CostKernel } from '../instruments/program-cost.ts';
import type { TracepointHook } from '../instruments/tracepoints.ts';
import { readCpuMask } from '../kernel/cpu-mask.ts';
import { defaultRouteDevices } from '../kernel/default-route.ts';
import { type Device, listDevices, programOf } from '../kernel/device.ts';
import { DeviceProgram, type HoldProgram, type ProgramOptions } from '../kernel/device-program.ts';
import { readDeviceInfo, readDriver } from '../kernel/ethtool.ts';
import { LinkEvents } from '../kernel/link-events.ts';
import type { LinkLayer } from '../kernel/link-type.ts';
import { findNamespaces } from '../kernel/namespace-view.ts';
import { readNetNamespaceInode, withinNamespace } from '../kernel/net-namespace.ts';
import { checkObjects } from '../kernel/object-digests.ts';
import { Observers } from '../kernel/observers.ts';
import type { PerCpuReader } from '../kernel/per-cpu-map.ts';
import { openProgram, readRuns, withProgram } from '../kernel/program-info.ts';
import { RunStats } from '../kernel/run-stats.ts';
import { TracepointMaps } from '../kernel/tracepoint-maps.ts';
import { TracepointProgram } from '../kernel/tracepoint-program.ts';
import { hasNativeXdp } from '../kernel/xdp-features.ts';
import { readProgramId } from '../kernel/xdp-query.ts';
import { createLog, type Log } from '../log.ts';
import type { Transport } from '../recorder/ring.ts';
import { mappedTransport, perfTransport } from '../recorder/transports.ts';
import type { InfoKernel } from './device-infos.ts';
import { type OpenMaps, openMaps } from './maps.ts';
import type { NamespaceKernel } from './namespaces.ts';
import { askOccupant } from './occupant.ts';
import type { OccupantKernel } from './occupant-watch.ts';
import type { EngineOptions, LoggerOptions } from './options.ts';

export const PROGRAM_NAME = 'xdp_exporter';

/** Next to the compiled sources: dist/src/engine and dist/bpf. */
const OBJECTS = fileURLToPath(new URL('../../bpf/', import.meta.url));
/** x86 keeps stores in order; every other machine that Node runs on may not: see publish() in bpf/ring.h. */
const SUFFIX = ['x64', 'ia32'].includes(process.arch) ? '.bpf.o' : '_exchange.bpf.o';
export const OBJECT_PATH = join(OBJECTS, `xdp_exporter${SUFFIX}`);
export const TRACEPOINTS_PATH = join(OBJECTS, 'tracepoints.bpf.o');
export const OBSERVER_PATHS = ['xdp_observer_cast', 'xdp_observer', 'xdp_observer_untyped'].map(
  (name) => join(OBJECTS, `${name}${SUFFIX}`),
);
const LENGTH_CHANGES_PATH = join(OBJECTS, 'length_changes.bpf.o');
export const CAST_OBJECT_PATH = join(OBJECTS, `xdp_exporter_cast${SUFFIX}`);
const MAP_OBJECT = { paths: [OBJECT_PATH, CAST_OBJECT_PATH], programName: PROGRAM_NAME } as const;

/** Up to this MTU every driver keeps a frame in one buffer. */
export const SINGLE_BUFFER_MTU = 1500;

/** Pairs of devices, or of a cpumap and a CPU, that are counted at least. */
const LEAST_PATHS = 1024;

/** What the engine asks of the kernel. Where nothing else is said, methods throw a SystemError where it refuses. */
export interface Kernel
  extends XdpHook,
    ObserveHook,
    OccupantKernel,
    NamespaceKernel,
    CostKernel,
    InfoKernel {
  /** By slot: struct xdp_device of each possible CPU. */
  readonly counters: PerCpuReader;
  /** Ids in the order of the parts of per-CPU values. */
  readonly possibleCpus: readonly number[];
  /** Ids, ascending. Throws an ExporterError where the kernel or a container hides the list. */
  onlineCpus(): readonly number[];
  /** Of the namespace that the calling thread is in, as is the next. */
  devices(): readonly Device[];
  /** Indexes of the devices that default routes lead to. */
  defaultRouteDevices(): readonly number[];
  /** Of the file of that namespace. */
  namespaceInode(): number;
  /** Throws an ExporterError where the kernel refuses the maps. */
  openTracepoints(): TracepointHook;
  /** How records come; undefined where the logger is off. */
  readonly transport: Transport | undefined;
  /** See SharedMaps. */
  readonly ringless: BigUint64Array;
  readonly sampleInterval: Uint32Array;
  /** Sets a slot's counters to zero, for its next device. */
  clearSlot(slot: number): void;
  /** What outlives this process; absent: nothing does. */
  readonly state?: Estate;
  close(): void;
}

/**
 * Makes the maps that all devices share. Needs the capabilities that capabilities.ts names. Throws a RequirementError
 * where it cannot know how many CPUs there may be, or where an object of the package is not what was built, and what src/kernel/shared-maps.ts throws.
 */
export function openKernel(options: EngineOptions, log: Log = createLog(() => {})): Kernel {
  const { logger, slots } = options;
  const possibleCpus = readPossibleCpus();
  checkObjects();
  const opened = openMaps(MAP_OBJECT, options, possibleCpus, log);
  const { maps, state } = opened;
  const observers = new Observers(maps, {
    objectPaths: OBSERVER_PATHS,
    lengthChangesPath: LENGTH_CHANGES_PATH,
    packetSizes: options.packetSizes,
    transport: logger?.transport ?? 'none',
    recordTimes: wantsTimes(options),
    pins: options.observePins,
  });
  return {
    counters: maps.devices,
    possibleCpus,
    onlineCpus: readOnlineCpus,
    findNamespaces,
    within: withinNamespace,
    openLinkEvents: () => new LinkEvents(),
    devices: listDevices,
    deviceInfo: readDeviceInfo,
    defaultRouteDevices,
    namespaceInode: readNetNamespaceInode,
    openTracepoints: () => openTracepoints(slots, possibleCpus.length),
    occupant: ({ ifindex, xdp }) =>
      programOf(xdp) === undefined ? undefined : askOccupant(ifindex),
    hasNativeXdp,
    driver: readDriver,
    attach(device, link, slot, mode): Attachment {
      const hold: HoldProgram | undefined = state && ((...attach) => state.attach(slot, ...attach));
      const program = programOptions(options, device, link, slot);
      return new DeviceProgram(maps, program, device.ifindex, mode, hold);
    },
    ...(state && {
      state,
      adopt: ({ xdp }, slot) =>
        state.adopt(slot)?.asProgram(PROGRAM_NAME, programOf(xdp)?.mode ?? 'native'),
    }),
    observe: (device, link, slot, { id, mode }): Observation => {
      const { program, missed, close } = observers.open(id, link, device.ifindex, slot);
      return { info: { ...program, mode, role: 'observed' }, missed, close };
    },
    programId: readProgramId,
    countRuns: () => new RunStats(),
    programRuns: (id) => withProgram(openProgram(id), readRuns),
    transport: logger && openTransport(logger, opened),
    ringless: maps.ringless,
    sampleInterval: maps.sampleInterval,
    clearSlot(slot) {
      maps.devices.clear(slot);
      state?.forget(slot);
    },
    close: () => opened.close(),
  };
}

/** Each device may lead to some others. Four cpumaps have room that lead to every CPU. */
function openTracepoints(places: number, possibleCpus: number): TracepointHook {
  const maps = new TracepointMaps(TRACEPOINTS_PATH, {
    possibleCpus,
    places,
    devmapPaths: Math.max(LEAST_PATHS, 4 * places),
    cpumapPaths: Math.max(LEAST_PATHS, 4 * possibleCpus),
  });
  return {
    maps,
    attach: (name) => new TracepointProgram(maps, TRACEPOINTS_PATH, name),
    close: () => maps.close(),
  };
}

/** How the program is to be loaded for a device. */
export function programOptions(
  options: EngineOptions,
  device: Pick<Device, 'mtu' | 'maxMtu'>,
  link: LinkLayer,
  slot: number,
): ProgramOptions {
  const { packetSizes, logger } = options;
  return {
    objectPath: OBJECT_PATH,
    castObjectPath: CAST_OBJECT_PATH,
    programName: PROGRAM_NAME,
    slot,
    link,
    packetSizes,
    transport: logger?.transport ?? 'none',
    recordTimes: wantsTimes(options),
    multiBuffer: multiBufferOf(device),
  };
}

/** A line of `log` says when its packet came; a total does not. */
function wantsTimes({ logger }: EngineOptions): boolean {
  return logger?.output === 'rows';
}

/** A device that is given a single-buffer program refuses a larger MTU, and so does a veth's peer. */
function multiBufferOf({
  mtu,
  maxMtu = Number.POSITIVE_INFINITY,
}: Pick<Device, 'mtu' | 'maxMtu'>): ProgramOptions['multiBuffer'] {
  if (mtu > SINGLE_BUFFER_MTU) {
    return true;
  }
  return maxMtu > SINGLE_BUFFER_MTU ? 'if-cheap' : false;
}

function openTransport({ transport }: LoggerOptions, { maps, state, ringBytes }: OpenMaps) {
  return transport === 'mapped'
    ? mappedTransport(maps, state?.rings)
    : perfTransport(maps, ringBytes);
}

/** Without it nothing can be read: the kernel writes a part of each value for every CPU that could exist. */
export function readPossibleCpus(): readonly number[] {
  try {
    return readCpuMask('possible');
  } catch (cause) {
    throw new RequirementError(
      `read list of possible CPUs: ${errorMessage(cause)}; mount sysfs on /sys and let the exporter read it`,
      { cause },
    );
  }
}

function readOnlineCpus(): readonly number[] {
  try {
    return readCpuMask('online');
  } catch (cause) {
    throw new ExporterError(`read list of online CPUs: ${errorMessage(cause)}`, { cause });
  }
}
