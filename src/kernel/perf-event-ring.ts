// SPDX-License-Identifier: Apache-2.0
// One CPU's perf ring: where bpf_perf_event_output() puts what that CPU's programs send, mapped into this process.
import { constants } from 'node:os';
import { SystemError } from '../errors.ts';
import { checkResult, errnoName } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import type { Address, Outcome } from '../ffi/library.ts';
import { addressOf, allocate, pageSizeBytes, viewMemory } from '../ffi/memory.ts';
import { floorPowerOfTwo } from './power-of-two.ts';

/** struct perf_event_attr in linux/perf_event.h, as of Linux 4.1 (PERF_ATTR_SIZE_VER5). */
const ATTRIBUTES = {
  sizeBytes: 112,
  type: 0,
  size: 4,
  config: 8,
  samplePeriod: 16,
  sampleType: 24,
  wakeupEvents: 48,
} as const;
const PERF_TYPE_SOFTWARE = 1;
const PERF_COUNT_SW_BPF_OUTPUT = 10n;
const PERF_SAMPLE_RAW = 1n << 10n;

/**
 * A wake-up costs the sender about 6 us, and we read by the clock anyway. The kernel compares signed numbers
 * (__perf_output_sample()), so this is the largest.
 */
const NEVER_WAKE = 0x7fff_ffff;

/** struct perf_buffer_raw_opts in libbpf.h, and behind it the CPU that it points to. */
const OPTIONS = { sizeBytes: 32, cpuCount: 8, cpus: 16, mapKeys: 24, cpu: 32 } as const;

/** How the kernel refuses to lock so much memory. EPERM is also how it refuses the ring itself. */
const REFUSALS: readonly string[] = ['EPERM', 'ENOMEM'];
const LOCK_REMEDY =
  'grant CAP_PERFMON and CAP_IPC_LOCK, raise kernel.perf_event_mlock_kb, or allow perf_event_open in the seccomp profile';
const REMEDIES: Readonly<Record<number, string>> = {
  [constants.errno.EPERM]: LOCK_REMEDY,
  [constants.errno.ENOMEM]: LOCK_REMEDY,
  // Kernels of Debian and Ubuntu have levels of kernel.perf_event_paranoid above 2, where CAP_PERFMON is not enough. To
  // lower the level would open the calls to everybody on the node.
  [constants.errno.EACCES]:
    'use --logger.transport mapped, which needs no capability; or grant CAP_PERFMON, and CAP_SYS_ADMIN if kernel.perf_event_paranoid is above 2',
};

export class PerfEventRing {
  readonly cpu: number;
  /** Its header page and its data; valid until `close`. */
  readonly memory: Buffer;
  readonly headerSizeBytes = pageSizeBytes();
  readonly #mapFd: number;
  readonly #address: Address;
  #closed = false;

  /**
   * Opens the ring and enters it in the map under the CPU's number: from here on that CPU's programs can send.
   * Needs CAP_PERFMON (5.8; CAP_SYS_ADMIN before). ENODEV as `code` where the CPU is offline.
   * @param mapFd of a BPF_MAP_TYPE_PERF_EVENT_ARRAY; belongs to the caller, and stays open until `close`
   * @param sizeBytes at most: rounded down to a power of two of pages
   * @param wakeupEvents samples from one wake-up to the next; only the bench wants any
   */
  constructor(mapFd: number, cpu: number, sizeBytes: number, wakeupEvents = NEVER_WAKE) {
    this.cpu = cpu;
    this.#mapFd = mapFd;
    const pages = floorPowerOfTwo(Math.max(sizeBytes / pageSizeBytes(), 1));
    const { value, errno } = open(mapFd, cpu, pages, wakeupEvents);
    if (value === 0) {
      throw new SystemError(`open perf ring of CPU ${cpu}`, errnoName(errno), REMEDIES[errno]);
    }
    this.#address = value;
    try {
      this.memory = viewRing(this.#address);
    } catch (error) {
      libbpf().perf_buffer__free(this.#address);
      throw error;
    }
  }

  /**
   * Takes the ring out of the map: what the CPU then sends fails with ENOENT. A program that runs meanwhile may still
   * send; see `waitForPrograms`.
   */
  withdraw(): void {
    const key = Buffer.alloc(4);
    key.writeUInt32LE(this.cpu);
    // ENOENT where the kernel has taken it out by itself.
    libbpf().bpf_map_delete_elem(this.#mapFd, key);
  }

  /**
   * Unmaps it, with whatever was not read, and takes it out of the map. A new ring of the same CPU is opened
   * after this, never before: the map's entry would go with this.
   */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      libbpf().perf_buffer__free(this.#address);
    }
  }
}

/** One CPU's ring, or why it has none. */
export type PerfEventOpening =
  | { readonly ring: PerfEventRing; readonly error?: undefined }
  | { readonly ring?: undefined; readonly error: unknown };

/**
 * Opens a ring for each CPU, all of one size, which is halved until the kernel grants them all: rings are locked
 * memory, and without CAP_IPC_LOCK a user has kernel.perf_event_mlock_kb for each online CPU (perf_mmap() in
 * kernel/events/core.c), which the first rings must not take from the others.
 * @param sizeBytes of each at most
 */
export function openPerfEventRings(
  mapFd: number,
  cpus: readonly number[],
  sizeBytes: number,
): readonly PerfEventOpening[] {
  for (let tried = sizeBytes; ; tried /= 2) {
    const openings = cpus.map((cpu) => tryToOpen(mapFd, cpu, tried));
    if (tried <= pageSizeBytes() || !openings.some(isTooLarge)) {
      return openings;
    }
    for (const { ring } of openings) {
      ring?.close();
    }
  }
}

function tryToOpen(mapFd: number, cpu: number, sizeBytes: number): PerfEventOpening {
  try {
    return { ring: new PerfEventRing(mapFd, cpu, sizeBytes) };
  } catch (error) {
    return { error };
  }
}

function isTooLarge({ error }: PerfEventOpening): boolean {
  return error instanceof SystemError && REFUSALS.includes(error.code);
}

function open(mapFd: number, cpu: number, pages: number, wakeupEvents: number): Outcome<Address> {
  const attributes = Buffer.alloc(ATTRIBUTES.sizeBytes);
  attributes.writeUInt32LE(PERF_TYPE_SOFTWARE, ATTRIBUTES.type);
  attributes.writeUInt32LE(ATTRIBUTES.sizeBytes, ATTRIBUTES.size);
  attributes.writeBigUInt64LE(PERF_COUNT_SW_BPF_OUTPUT, ATTRIBUTES.config);
  attributes.writeBigUInt64LE(1n, ATTRIBUTES.samplePeriod);
  attributes.writeBigUInt64LE(PERF_SAMPLE_RAW, ATTRIBUTES.sampleType);
  attributes.writeUInt32LE(wakeupEvents, ATTRIBUTES.wakeupEvents);
  // In one piece of memory, which the call itself keeps reachable.
  const options = allocate(OPTIONS.cpu + 4);
  const cpuAddress = BigInt(addressOf(options) + OPTIONS.cpu);
  options.writeBigUInt64LE(BigInt(OPTIONS.sizeBytes), 0);
  options.writeInt32LE(1, OPTIONS.cpuCount);
  options.writeBigUInt64LE(cpuAddress, OPTIONS.cpus);
  options.writeBigUInt64LE(cpuAddress, OPTIONS.mapKeys);
  options.writeInt32LE(cpu, OPTIONS.cpu);
  // No callback, since it is never polled.
  return libbpf().perf_buffer__new_raw(mapFd, pages, attributes, 0, 0, options);
}

/** The size that libbpf reports leaves out the header page, where the address that it reports begins. */
function viewRing(address: Address): Buffer {
  const base = Buffer.alloc(8);
  const size = Buffer.alloc(8);
  checkResult('map perf ring', libbpf().perf_buffer__buffer(address, 0, base, size).value);
  const dataSizeBytes = Number(size.readBigUInt64LE());
  return viewMemory(Number(base.readBigUInt64LE()), pageSizeBytes() + dataSizeBytes);
}
