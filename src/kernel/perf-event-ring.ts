// SPDX-License-Identifier: Apache-2.0
// One CPU's perf ring: where bpf_perf_event_output() puts what that CPU's programs send, mapped into this process.
import { constants } from 'node:os';
import { SystemError } from '../errors.ts';
import { checkResult, errnoName } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import type { Address, Outcome } from '../ffi/library.ts';
import { addressOf, allocate, pageSizeBytes, viewMemory } from '../ffi/memory.ts';
import { PerfRing } from './perf-ring.ts';

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

/** struct perf_buffer_raw_opts in libbpf.h. */
const OPTIONS = { sizeBytes: 32, cpuCount: 8, cpus: 16, mapKeys: 24 } as const;

/** How the kernel refuses to lock so much memory. EPERM is also how it refuses the ring itself. */
const REFUSALS: readonly number[] = [constants.errno.EPERM, constants.errno.ENOMEM];
const LOCK_REMEDY =
  'grant CAP_PERFMON and CAP_IPC_LOCK, raise kernel.perf_event_mlock_kb, or have the seccomp profile allow perf_event_open';
const REMEDIES: Readonly<Record<number, string>> = {
  [constants.errno.EPERM]: LOCK_REMEDY,
  [constants.errno.ENOMEM]: LOCK_REMEDY,
  // Kernels of Debian and Ubuntu have levels above 2, where CAP_PERFMON is not enough.
  [constants.errno.EACCES]:
    'grant CAP_PERFMON, and set kernel.perf_event_paranoid to 2 or less or grant CAP_SYS_ADMIN',
};

const KIB = 1024;
const MIB = 1024 * KIB;
const RING_SIZE_BYTES = { total: 256 * MIB, least: 512 * KIB, most: 4 * MIB } as const;

/**
 * The size of each CPU's ring where nobody asks for another: a power of two. 4 MiB hold what comes in 40 ms at
 * 3 million packets a second.
 */
export function ringSizeBytes(cpus: number): number {
  const { total, least, most } = RING_SIZE_BYTES;
  return floorPowerOfTwo(Math.min(Math.max(total / cpus, least), most));
}

export class PerfEventRing {
  readonly cpu: number;
  /** Valid until `close`. */
  readonly ring: PerfRing;
  readonly #address: Address;
  #closed = false;

  /**
   * Opens the ring and enters it in the map under the CPU's number: from here on that CPU's programs can send.
   * Needs CAP_PERFMON (5.8; CAP_SYS_ADMIN before). ENODEV as `code` where the CPU is offline.
   * @param mapFd of a BPF_MAP_TYPE_PERF_EVENT_ARRAY; belongs to the caller, and stays open until `close`
   * @param wakeupEvents samples from one wake-up to the next; only the bench wants any
   * @param sizeBytes at most: rounded down to a power of two of pages, and halved until the kernel grants it
   */
  constructor(mapFd: number, cpu: number, sizeBytes: number, wakeupEvents = NEVER_WAKE) {
    this.cpu = cpu;
    this.#address = openLargest(mapFd, cpu, sizeBytes, wakeupEvents);
    try {
      this.ring = new PerfRing(viewRing(this.#address), pageSizeBytes());
    } catch (error) {
      libbpf().perf_buffer__free(this.#address);
      throw error;
    }
  }

  /**
   * Takes the ring out of the map (what the CPU then sends fails with ENOENT) and unmaps it, with whatever was
   * not read. A new ring of the same CPU is opened after this, never before: the map's entry would go with this.
   */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.ring.detach();
      libbpf().perf_buffer__free(this.#address);
    }
  }
}

/**
 * Rings are locked memory: without CAP_IPC_LOCK a user has kernel.perf_event_mlock_kb for each online CPU
 * (perf_mmap() in kernel/events/core.c).
 */
function openLargest(mapFd: number, cpu: number, sizeBytes: number, wakeupEvents: number): Address {
  let pages = floorPowerOfTwo(Math.max(sizeBytes / pageSizeBytes(), 1));
  let opened = open(mapFd, cpu, pages, wakeupEvents);
  while (opened.value === 0 && REFUSALS.includes(opened.errno) && pages > 1) {
    pages /= 2;
    opened = open(mapFd, cpu, pages, wakeupEvents);
  }
  if (opened.value === 0) {
    throw new SystemError(
      `open perf ring of CPU ${cpu}`,
      errnoName(opened.errno),
      REMEDIES[opened.errno],
    );
  }
  return opened.value;
}

function open(mapFd: number, cpu: number, pages: number, wakeupEvents: number): Outcome<Address> {
  const attributes = Buffer.alloc(ATTRIBUTES.sizeBytes);
  attributes.writeUInt32LE(PERF_TYPE_SOFTWARE, ATTRIBUTES.type);
  attributes.writeUInt32LE(ATTRIBUTES.sizeBytes, ATTRIBUTES.size);
  attributes.writeBigUInt64LE(PERF_COUNT_SW_BPF_OUTPUT, ATTRIBUTES.config);
  attributes.writeBigUInt64LE(1n, ATTRIBUTES.samplePeriod);
  attributes.writeBigUInt64LE(PERF_SAMPLE_RAW, ATTRIBUTES.sampleType);
  attributes.writeUInt32LE(wakeupEvents, ATTRIBUTES.wakeupEvents);
  const cpus = allocate(4);
  cpus.writeInt32LE(cpu);
  const options = Buffer.alloc(OPTIONS.sizeBytes);
  options.writeBigUInt64LE(BigInt(OPTIONS.sizeBytes), 0);
  options.writeInt32LE(1, OPTIONS.cpuCount);
  options.writeBigUInt64LE(BigInt(addressOf(cpus)), OPTIONS.cpus);
  options.writeBigUInt64LE(BigInt(addressOf(cpus)), OPTIONS.mapKeys);
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

function floorPowerOfTwo(value: number): number {
  return 1 << (31 - Math.clz32(value));
}
