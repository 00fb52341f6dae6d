// SPDX-License-Identifier: Apache-2.0
// Watches one program of somebody else's at its entry and its end, for any number of the devices that it is on.
import { statSync } from 'node:fs';
import { checkErrno, checkResult } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { libc } from '../ffi/libc.ts';
import type { Link, Transport } from './device-program.ts';
import { LENGTH_SOURCES, LINKS, TARGET, TRANSPORTS } from './layout.ts';
import { BpfObject } from './object.ts';
import { ATTACH_TYPES, type CopyTarget, copyProgram, STAND_IN } from './program-copy.ts';
import { type EntryFunction, readEntryFunction, readRecursionMisses } from './program-info.ts';
import { writeSettings } from './program-settings.ts';
import type { SharedMaps } from './shared-maps.ts';

/** A program of the object, and how it is attached. */
interface ObserverProgram {
  readonly name: string;
  readonly attachType: number;
}

/** In the order in which they are attached: the end, before the entry, would count packets without it. */
const BOTH: readonly ObserverProgram[] = [
  { name: 'observe_entry', attachType: ATTACH_TYPES.fentry },
  { name: 'observe_exit', attachType: ATTACH_TYPES.fexit },
];
const END_ALONE: readonly ObserverProgram[] = [
  { name: 'observe_end_alone', attachType: ATTACH_TYPES.fexit },
];
const TARGETS = 'xdp_targets';
/** Holds `target_changes`. */
const CHANGES = '.data.targets';

/** fcntl(2). */
const F_DUPFD_CLOEXEC = 1030;

export interface ObserverOptions {
  /** The same programs for one kernel or observed program and another, the cheapest first. */
  readonly objectPaths: readonly string[];
  /** What the frames of its devices begin with. */
  readonly link: Link;
  readonly packetSizes: boolean;
  readonly transport: Transport;
  /** Records also carry the time of their packet. */
  readonly recordTimes: boolean;
  /**
   * One program in place of two, at the end: for when nothing is recorded and the observed program leaves each packet
   * as long as it came. Otherwise its length is taken at the entry.
   */
  readonly endAlone?: boolean;
}

/** A device, wherever it is. */
export interface ObservedDevice {
  readonly ifindex: number;
  /** Inode of its network namespace. */
  readonly netns: number;
}

/** The inode of the network namespace that the calling thread is in. */
export function currentNetns(): number {
  return statSync('/proc/thread-self/ns/net').ino;
}

/**
 * Holds the program that it observes: once the owner has closed it, it stays loaded until this is closed. The owner
 * can detach or replace it at any time, and its verdicts are its own.
 */
export class Observer {
  readonly #exitFd: number;
  readonly #targetsFd: number;
  readonly #changesFd: number;
  #changes = 0;
  readonly #links: readonly number[];

  /**
   * Needs CAP_BPF and CAP_PERFMON. Throws a NoBtfError where the program has no BTF, and a VerifierError where the kernel
   * cannot run such programs.
   * @param programFd only for as long as this takes
   */
  constructor(maps: SharedMaps, options: ObserverOptions, programFd: number) {
    const entry = readEntryFunction(programFd);
    const { object, programFds } = loadObserver(maps, options, { ...entry, programFd });
    const exitFd = programFds.at(-1) as number;
    const opened = [exitFd];
    const keep = (fd: number) => {
      opened.push(fd);
      return fd;
    };
    try {
      this.#exitFd = exitFd;
      this.#targetsFd = keep(duplicate(object.map(TARGETS).fd));
      this.#changesFd = keep(duplicate(object.map(CHANGES).fd));
      this.#links = programFds.map((fd) => keep(attach(fd)));
    } catch (error) {
      closeAll(opened);
      throw error;
    } finally {
      // The links hold the programs and those their maps. The object would cost each observer ten more descriptors.
      closeAll(programFds.slice(0, -1));
      object.close();
    }
  }

  /** From now on the packets that the program sees on the device are counted in its slot. */
  watch(device: ObservedDevice, slot: number): void {
    const value = Buffer.alloc(4);
    value.writeUInt32LE(slot);
    const { bpf_map_update_elem } = libbpf();
    const result = bpf_map_update_elem(this.#targetsFd, keyOf(device), value, 0);
    checkResult('add device to observer', result.value);
    this.#tellChange();
  }

  unwatch(device: ObservedDevice): void {
    const { bpf_map_delete_elem } = libbpf();
    const { value } = bpf_map_delete_elem(this.#targetsFd, keyOf(device));
    checkResult('take device from observer', value);
    this.#tellChange();
  }

  /** Packets whose end was not seen, and which are not counted anywhere. */
  missed(): number {
    return readRecursionMisses(this.#exitFd);
  }

  /** After it: what the programs remember of the map is of no use any more. */
  #tellChange(): void {
    const value = Buffer.alloc(4);
    value.writeUInt32LE(++this.#changes);
    const { bpf_map_update_elem } = libbpf();
    const result = bpf_map_update_elem(this.#changesFd, Buffer.alloc(4), value, 0);
    checkResult('tell observer of a change', result.value);
  }

  close(): void {
    const opened = [this.#exitFd, this.#changesFd, this.#targetsFd];
    closeAll([...this.#links.toReversed(), ...opened]);
  }
}

/** An object in the kernel, and descriptors of its own programs or of copies of them, for the caller to close. */
interface Loaded {
  readonly object: BpfObject;
  readonly programFds: readonly number[];
}

/** The function that is observed. */
type Target = CopyTarget & Pick<EntryFunction, 'name'>;

/** Which object a program takes is found out by trying: those before it, which cost less, the kernel then refuses. */
function loadObserver(maps: SharedMaps, options: ObserverOptions, target: Target): Loaded {
  const failures: unknown[] = [];
  for (const path of options.objectPaths) {
    const object = new BpfObject(path);
    try {
      setUp(object, maps, options);
      return { object, programFds: loadOn(object, programsOf(options), target) };
    } catch (error) {
      object.close();
      failures.push(error);
    }
  }
  throw failures.at(-1);
}

function programsOf({ endAlone = false }: ObserverOptions): readonly ObserverProgram[] {
  return endAlone ? END_ALONE : BOTH;
}

function setUp(object: BpfObject, maps: SharedMaps, options: ObserverOptions): void {
  maps.shareWith(object);
  object.map(TARGETS).setMaxEntries(maps.slots);
  for (const { name } of options.endAlone === true ? BOTH : END_ALONE) {
    object.program(name).skip();
  }
  writeSettings(object, {
    slot: 0,
    length_source: LENGTH_SOURCES.linear,
    link: LINKS[options.link],
    transport: TRANSPORTS[options.transport],
    ring_mask: maps.ringRecords - 1,
    packet_sizes: Number(options.packetSizes),
    record_times: Number(options.recordTimes),
  });
}

/** libbpf finds a function by its name alone. Where that is hidden, it is given another for copies to be made of. */
function loadOn(
  object: BpfObject,
  programs: readonly ObserverProgram[],
  target: Target,
): readonly number[] {
  const isHidden = target.name === undefined;
  for (const { name } of programs) {
    object.program(name).setTarget(isHidden ? 0 : target.programFd, target.name ?? STAND_IN);
  }
  object.load(programs[0]?.name ?? '');
  const opened: number[] = [];
  try {
    for (const { name, attachType } of programs) {
      opened.push(
        isHidden
          ? copyProgram(object, name, attachType, target)
          : duplicate(object.program(name).fd),
      );
    }
    return opened;
  } catch (error) {
    closeAll(opened);
    throw error;
  }
}

/** fentry and fexit programs are attached by this call, which gives a link. */
function attach(programFd: number): number {
  const { value } = libbpf().bpf_raw_tracepoint_open(null, programFd);
  return checkResult('attach observer', value);
}

function duplicate(fd: number): number {
  return checkErrno('duplicate descriptor', libc().fcntl(fd, F_DUPFD_CLOEXEC, 0));
}

function closeAll(fds: readonly number[]): void {
  for (const fd of fds) {
    libc().close(fd);
  }
}

function keyOf({ ifindex, netns }: ObservedDevice): Buffer {
  const key = Buffer.alloc(TARGET.sizeBytes);
  key.writeUInt32LE(ifindex, TARGET.offsets.ifindex);
  key.writeUInt32LE(netns, TARGET.offsets.netns);
  return key;
}
