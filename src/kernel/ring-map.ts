// SPDX-License-Identifier: Apache-2.0
// A ring that a CPU's programs and this process both map: a BPF array of its own, entered in map xdp_rings.
import { constants } from 'node:os';
import { SystemError } from '../errors.ts';
import { checkResult, errnoName } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { libc } from '../ffi/libc.ts';
import { REASONS } from '../reasons.ts';
import { RECORD, RING } from './layout.ts';
import { MappedArray } from './mapped-array.ts';
import { floorPowerOfTwo } from './power-of-two.ts';

/** BPF_MAP_TYPE_ARRAY and BPF_F_MMAPABLE in linux/bpf.h. */
const MAP_TYPE_ARRAY = 2;
const F_MMAPABLE = 1 << 10;

/** struct bpf_map_create_opts in libbpf's bpf.h. */
const CREATE_OPTIONS = { sizeBytes: 48, mapFlags: 28 } as const;

/** On older kernels a value is 4 MiB at most, header included; a cgroup or RLIMIT_MEMLOCK may allow less. */
const TOO_LARGE: readonly number[] = [
  constants.errno.E2BIG,
  constants.errno.ENOMEM,
  constants.errno.EPERM,
];

/** A page of records: what fewer would save, the page costs all the same. 1 GiB: the kernel counts in int. */
const RECORDS = { least: 64, most: 2 ** 24 } as const;

/** Bytes of a value with room for so many records. */
export function ringValueBytes(records: number): number {
  return RING.sizeBytes + records * RECORD.sizeBytes;
}

/**
 * The most records that a ring of at most `sizeBytes` may have here, but 64 at least: a power of two, found by making
 * a ring and halving until the kernel agrees. Linux 5.5 or newer.
 */
export function fitRing(sizeBytes: number): number {
  const wanted = Math.min(Math.max(sizeBytes / RECORD.sizeBytes, RECORDS.least), RECORDS.most);
  for (let records = floorPowerOfTwo(wanted); ; records /= 2) {
    const value = createArray(records);
    if (value >= 0) {
      libc().close(value);
      return records;
    }
    if (!TOO_LARGE.includes(-value) || records === RECORDS.least) {
      throw refusal(records, -value);
    }
  }
}

/** A map as those of rings are, for what has to know their kind. Whoever asks closes the descriptor. */
export function createRing(records: number): number {
  const value = createArray(records);
  if (value < 0) {
    throw refusal(records, -value);
  }
  return value;
}

function refusal(records: number, errno: number): SystemError {
  const remedy = errno === constants.errno.EPERM ? REASONS.policy.remedy : undefined;
  return new SystemError(`create ring of ${records} records`, errnoName(errno), remedy);
}

function createArray(records: number): number {
  const options = Buffer.alloc(CREATE_OPTIONS.sizeBytes);
  options.writeBigUInt64LE(BigInt(CREATE_OPTIONS.sizeBytes), 0);
  options.writeUInt32LE(F_MMAPABLE, CREATE_OPTIONS.mapFlags);
  const { bpf_map_create } = libbpf();
  return bpf_map_create(MAP_TYPE_ARRAY, 'xdp_ring', 4, ringValueBytes(records), 1, options).value;
}

/** The memory of one CPU's ring. No program writes to it until it is entered; see `enterRings`. */
export class RingMap {
  readonly cpu: number;
  readonly fd: number;
  readonly #array: MappedArray;
  #closed = false;

  /**
   * @param records as the inner map of xdp_rings was given
   * @param fd of a map that was made before, which then belongs to this; absent: makes one
   */
  constructor(cpu: number, records: number, fd?: number) {
    this.cpu = cpu;
    this.fd = fd ?? checkResult(`create ring of CPU ${cpu}`, createArray(records));
    try {
      this.#array = new MappedArray(this.fd, ringValueBytes(records), 1);
    } catch (error) {
      libc().close(this.fd);
      throw error;
    }
  }

  /** A struct xdp_ring, valid until `close`. */
  get memory(): Buffer {
    return this.#array.entry(0);
  }

  /**
   * Takes the ring away from the CPU. When this returns no program writes to it any more, since the kernel waits
   * for those that run (maybe_wait_bpf_programs() in kernel/bpf/syscall.c): what is in it then is all.
   */
  withdraw(ringsFd: number): void {
    const { value } = libbpf().bpf_map_delete_elem(ringsFd, wordOf(this.cpu));
    // Another process may have been first.
    if (value !== -constants.errno.ENOENT) {
      checkResult(`withdraw ring of CPU ${this.cpu}`, value);
    }
  }

  /** Unmaps it. A ring that was not withdrawn stays with the CPU for as long as map xdp_rings lives. */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      this.#array.close();
      libc().close(this.fd);
    }
  }
}

/** Where rings come from. */
export interface RingStore {
  /** CPUs with a ring that holds what an earlier process did not read. */
  readonly cpus: readonly number[];
  /** The CPU's ring, or a new one. The caller closes it. Throws a SystemError where there can be none. */
  take(cpu: number): RingMap;
  /** The CPU's ring is closed for good, and holds nothing. */
  remove(cpu: number): void;
}

/** Rings that end with the process. */
export function transientRings(records: number): RingStore {
  return { cpus: [], take: (cpu) => new RingMap(cpu, records), remove() {} };
}

/**
 * Has the CPUs' programs write to these rings, in place of those that the CPUs had. When this returns, no program
 * runs that found another or none: the kernel waits for that, some 15 ms. It waits once since Linux 6.8, before that
 * for each ring.
 * @param ringsFd of map xdp_rings; belongs to the caller
 * @returns what failed, with the ring that was not entered
 */
export function enterRings(
  ringsFd: number,
  rings: readonly RingMap[],
): ReadonlyMap<RingMap, SystemError> {
  const failures = new Map<RingMap, SystemError>();
  if (rings.length === 0 || enterBatch(ringsFd, rings)) {
    return failures;
  }
  for (const ring of rings) {
    const { value } = libbpf().bpf_map_update_elem(ringsFd, wordOf(ring.cpu), wordOf(ring.fd), 0);
    if (value < 0) {
      failures.set(ring, new SystemError(`enter ring of CPU ${ring.cpu}`, errnoName(-value)));
    }
  }
  return failures;
}

/** False where the kernel cannot (maps of maps came to batches with Linux 5.19), or not all of them. */
function enterBatch(ringsFd: number, rings: readonly RingMap[]): boolean {
  const keys = Buffer.concat(rings.map(({ cpu }) => wordOf(cpu)));
  const values = Buffer.concat(rings.map(({ fd }) => wordOf(fd)));
  const { bpf_map_update_batch } = libbpf();
  return bpf_map_update_batch(ringsFd, keys, values, wordOf(rings.length), null).value >= 0;
}

/**
 * Blocks until every program that runs now has ended. No call says so for itself, but an update of a map of maps
 * does it, so this enters an empty ring.
 * @param cpu whose entry is free for this: none of its programs looks there
 */
export function waitForPrograms(ringsFd: number, cpu: number, records: number): void {
  const fd = checkResult('create empty ring', createArray(records));
  try {
    const { value } = libbpf().bpf_map_update_elem(ringsFd, wordOf(cpu), wordOf(fd), 0);
    checkResult('wait for programs that run', value);
  } finally {
    libc().close(fd);
  }
}

function wordOf(value: number): Buffer {
  const word = Buffer.alloc(4);
  word.writeUInt32LE(value);
  return word;
}
