// SPDX-License-Identifier: Apache-2.0
// What the engine needs of the kernel, and the real thing. Unit tests give the engine a kernel of their own.
import { fileURLToPath } from 'node:url';
import { ACTION_COUNT, BATCHES } from '../kernel/abi.ts';
import { readCpuMask } from '../kernel/cpu-mask.ts';
import { findDefaultRouteDevice } from '../kernel/default-route.ts';
import {
  type Device,
  findDevice,
  listDevices,
  queryXdp,
  readDriver,
  readMtu,
} from '../kernel/device.ts';
import { DeviceProgram } from '../kernel/device-program.ts';
import { MappedArray } from '../kernel/mapped-array.ts';
import type { PerCpuReader } from '../kernel/per-cpu-map.ts';
import { PerfEventRing } from '../kernel/perf-event-ring.ts';
import { readProgramInfoById } from '../kernel/program-info.ts';
import { SharedMaps } from '../kernel/shared-maps.ts';
import { hasNativeXdp } from '../kernel/xdp-features.ts';
import type { AttachMode } from '../kernel/xdp-link.ts';
import type { ProgramInfo, ProgramMode } from '../snapshot/snapshot.ts';
import type { DeviceDescription, EngineOptions, LoggerOptions } from './messages.ts';

const PROGRAM_NAME = 'xdp_exporter';

/** Next to the compiled sources: dist/src/engine and dist/bpf. */
const OBJECT_PATH = fileURLToPath(new URL('../../bpf/xdp_exporter.bpf.o', import.meta.url));
const CAST_OBJECT_PATH = fileURLToPath(
  new URL('../../bpf/xdp_exporter_cast.bpf.o', import.meta.url),
);

/** Up to this MTU every driver keeps a frame in one buffer. */
const SINGLE_BUFFER_MTU = 1500;

/** Our program on a device. */
export interface Attachment {
  readonly info: ProgramInfo;
  isAttached(): boolean;
  close(): void;
}

/** Another's program on a device. */
export interface Occupant {
  readonly name: string;
  readonly id: number;
  readonly mode: ProgramMode;
}

export interface Kernel {
  readonly traffic: PerCpuReader;
  readonly packetSizes: PerCpuReader;
  readonly logger: PerCpuReader;
  /** Ids in the order of the parts of per-CPU values. */
  readonly possibleCpus: readonly number[];
  onlineCpus(): readonly number[];
  devices(): readonly Device[];
  defaultRouteDevice(): string | undefined;
  occupant(ifindex: number): Occupant | undefined;
  hasNativeXdp(ifindex: number): boolean | undefined;
  driver(device: Device): string | undefined;
  /** Throws a SystemError with the errno's symbol where the device refuses. */
  attach(device: Device, slot: number, mode: AttachMode): Attachment;
  /** Map xdp_batches in this process's memory; the caller closes it. */
  mapBatches(): MappedArray;
  /** A ring of at most `sizeBytes`, and less where the kernel does not grant it. */
  openRing(cpu: number, sizeBytes: number): PerfEventRing;
  /** Sets a slot's counters to zero, for its next device. */
  clearSlot(slot: number): void;
  close(): void;
}

/** In the network namespace of the calling thread. Needs the capabilities that capabilities.ts names. */
export function openKernel({ packetSizes, logger }: EngineOptions): Kernel {
  const possibleCpus = readCpuMask('possible');
  const maps = new SharedMaps(OBJECT_PATH, PROGRAM_NAME, possibleCpus);
  return {
    traffic: maps.traffic,
    packetSizes: maps.packetSizes,
    logger: maps.logger,
    possibleCpus,
    onlineCpus: () => readCpuMask('online'),
    devices: listDevices,
    defaultRouteDevice() {
      const rawName = findDefaultRouteDevice();
      return rawName && findDevice(rawName)?.name;
    },
    occupant: readOccupant,
    hasNativeXdp,
    driver: readDriver,
    attach(device, slot, mode) {
      const program = {
        objectPath: OBJECT_PATH,
        castObjectPath: CAST_OBJECT_PATH,
        programName: PROGRAM_NAME,
        slot,
        packetSizes,
        logger: loggerSetting(logger),
        multiBuffer: readMtu(device) > SINGLE_BUFFER_MTU,
      };
      return new DeviceProgram(maps, program, device.ifindex, mode);
    },
    mapBatches: () =>
      new MappedArray(maps.batchesFd, BATCHES.sizeBytes, Math.max(...possibleCpus) + 1),
    openRing: (cpu, sizeBytes) => new PerfEventRing(maps.eventsFd, cpu, sizeBytes),
    clearSlot(slot) {
      for (let action = 0; action < ACTION_COUNT; action++) {
        maps.traffic.clear(slot * ACTION_COUNT + action);
      }
      maps.packetSizes.clear(slot);
      maps.logger.clear(slot);
    },
    close: () => maps.close(),
  };
}

function loggerSetting(logger: LoggerOptions | undefined): 'off' | 'on' | 'times' {
  if (logger === undefined) {
    return 'off';
  }
  return logger.output === 'rows' ? 'times' : 'on';
}

function readOccupant(ifindex: number): Occupant | undefined {
  const occupants = queryXdp(ifindex);
  const modes = ['native', 'generic', 'offload'] as const;
  const mode = modes.find((candidate) => occupants[candidate] !== 0);
  if (mode === undefined) {
    return undefined;
  }
  const id = occupants[mode];
  return { name: programName(id), id, mode };
}

/** Its name may be gone with it, or hidden from us: both leave the id. */
function programName(id: number): string {
  try {
    return readProgramInfoById(id).name;
  } catch {
    return '?';
  }
}

/** For a user who has yet to choose: needs libbpf, but no privilege. */
export function describeDevices(): DeviceDescription[] {
  return listDevices().map((device) => {
    const { name, ifindex } = device;
    const native = hasNativeXdp(ifindex);
    const occupant = readOccupant(ifindex);
    return {
      name,
      driver: readDriver(device) ?? '-',
      ...(native === undefined ? {} : { native }),
      ...(occupant === undefined ? {} : { occupant: `${occupant.name} (id ${occupant.id})` }),
    };
  });
}
