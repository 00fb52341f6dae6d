// SPDX-License-Identifier: Apache-2.0
// A BPF object file: opened, set up, loaded into the kernel, closed.
import { ExporterError, SystemError, VerifierError } from '../errors.ts';
import { checkPointer, checkResult, errnoName } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import type { Address } from '../ffi/library.ts';
import { addressOf, allocate, readMemory, releaseFreeMemory } from '../ffi/memory.ts';
import { REASONS } from '../reasons.ts';
import { checkObject } from './object-digests.ts';
import { parseVerifierLog } from './verifier-log.ts';

/** Not touched, and so not resident, unless a program is refused. Newer kernels keep the log's tail (6.4). */
const LOG_SIZE_BYTES = 256 * 1024;

const INSTRUCTION_BYTES = 8;

/** BPF_F_XDP_HAS_FRAGS in linux/bpf.h: the program takes multi-buffer frames (5.18). */
const XDP_HAS_FRAGS = 1 << 5;

/** struct bpf_object_open_opts in libbpf.h, up to kernel_log_level. */
const OPEN_OPTIONS = { sizeBytes: 80, kernelLogBuf: 56, kernelLogSize: 64 } as const;

/** For the verifier's log. The kernel writes to it whenever a load fails, so it must not move. */
export function allocateLog(): Buffer {
  return allocate(LOG_SIZE_BYTES);
}

/**
 * A VerifierError where the log says why, and else an ExporterError.
 * @param subject what was loaded @param operation what the error of the kernel is about
 */
export function loadFailure(
  subject: string,
  operation: string,
  errno: number,
  log: Buffer,
): ExporterError {
  const code = errnoName(errno);
  const cause = new SystemError(operation, code);
  const parsed = parseVerifierLog(log);
  if (parsed !== undefined) {
    return new VerifierError(subject, parsed.summary, parsed.lines, { cause });
  }
  const remedy = code === 'EPERM' ? `; ${REASONS.policy.remedy}` : '';
  return new ExporterError(`load program "${subject}": ${code}${remedy}`, { cause });
}

/** The memory that libbpf and the kernel write their log to must outlive the object, so it is kept here. */
export class BpfObject {
  readonly #path: string;
  readonly #address: Address;
  readonly #log: Buffer;
  #closed = false;

  /** Opens without loading. Needs no privilege. Throws a RequirementError where the file is not what was built. */
  constructor(path: string) {
    checkObject(path);
    this.#path = path;
    this.#log = allocateLog();
    const options = allocate(OPEN_OPTIONS.sizeBytes);
    options.writeBigUInt64LE(BigInt(OPEN_OPTIONS.sizeBytes), 0);
    options.writeBigUInt64LE(BigInt(addressOf(this.#log)), OPEN_OPTIONS.kernelLogBuf);
    options.writeBigUInt64LE(BigInt(LOG_SIZE_BYTES), OPEN_OPTIONS.kernelLogSize);
    const opened = libbpf().bpf_object__open_file(path, options);
    if (opened.value === 0) {
      // No error of the device that the program is for.
      const cause = new SystemError(`open BPF object "${path}"`, errnoName(opened.errno));
      throw new ExporterError(
        `${cause.message}; the file is missing or damaged: rebuild or reinstall xdp-exporter`,
        { cause },
      );
    }
    this.#address = opened.value;
  }

  map(name: string): BpfMap {
    const map = libbpf().bpf_object__find_map_by_name(this.#address, name);
    return new BpfMap(name, checkPointer(`find map "${name}" in "${this.#path}"`, map));
  }

  program(name: string): BpfProgram {
    const program = libbpf().bpf_object__find_program_by_name(this.#address, name);
    return new BpfProgram(checkPointer(`find program "${name}" in "${this.#path}"`, program));
  }

  /** Of the BTF that it brings. After load; throws where it brings none. */
  get btfFd(): number {
    return checkResult(
      `get descriptor of BTF of "${this.#path}"`,
      libbpf().bpf_object__btf_fd(this.#address).value,
    );
  }

  /** Creates the maps and loads the programs. `subject` names what is loaded in the error. */
  load(subject: string): void {
    const { value } = libbpf().bpf_object__load(this.#address);
    // Relocating a program takes the kernel's whole BTF, some megabytes that are free again now.
    releaseFreeMemory();
    if (value >= 0) {
      return;
    }
    throw loadFailure(subject, `load BPF object "${this.#path}"`, -value, this.#log);
  }

  /** Unloads whatever nothing else holds: a link keeps its program, a program its maps. */
  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      libbpf().bpf_object__close(this.#address);
    }
  }
}

/** A map of a BpfObject, valid until that object is closed. */
export class BpfMap {
  readonly #name: string;
  readonly #address: Address;

  constructor(name: string, address: Address) {
    this.#name = name;
    this.#address = address;
  }

  /** After load. Throws where libbpf gives none: a number that is no descriptor would make each later read of the map fail. */
  get fd(): number {
    return checkResult(
      `get descriptor of map "${this.#name}"`,
      libbpf().bpf_map__fd(this.#address).value,
    );
  }

  /** Before load. */
  setMaxEntries(entries: number): void {
    const { bpf_map__set_max_entries } = libbpf();
    const { value } = bpf_map__set_max_entries(this.#address, entries);
    checkResult(`set entries of map "${this.#name}"`, value);
  }

  /**
   * Before load, of a map of maps: its values will be maps like the one behind `fd`, which is to be open until then. The inner
   * map that the object declares cannot be changed: libbpf crashes where one does so, from 1.2 on at the latest.
   */
  setInnerMap(fd: number): void {
    const { value } = libbpf().bpf_map__set_inner_map_fd(this.#address, fd);
    checkResult(`set inner map of "${this.#name}"`, value);
  }

  get valueSizeBytes(): number {
    return libbpf().bpf_map__value_size(this.#address).value;
  }

  /** Before load: use the map behind `fd` in place of a new one. libbpf duplicates the descriptor. */
  reuse(fd: number): void {
    checkResult(`reuse map "${this.#name}"`, libbpf().bpf_map__reuse_fd(this.#address, fd).value);
  }

  /** Before load, for a section such as ".rodata": the contents that it will start with. */
  initialValue(): Buffer {
    const size = Buffer.alloc(8);
    const value = libbpf().bpf_map__initial_value(this.#address, size);
    return readMemory(
      checkPointer(`read initial value of "${this.#name}"`, value),
      Number(size.readBigUInt64LE()),
    );
  }

  /** Before load. `value` must have the size of the section. */
  setInitialValue(value: Buffer): void {
    const { bpf_map__set_initial_value } = libbpf();
    const result = bpf_map__set_initial_value(this.#address, value, value.length);
    checkResult(`set initial value of "${this.#name}"`, result.value);
  }
}

/** A program of a BpfObject, valid until that object is closed. */
export class BpfProgram {
  readonly #address: Address;

  constructor(address: Address) {
    this.#address = address;
  }

  /** After load. Throws where libbpf gives none, as for a program that was left out. */
  get fd(): number {
    return checkResult('get descriptor of program', libbpf().bpf_program__fd(this.#address).value);
  }

  /** Before load: leave this program out. */
  skip(): void {
    checkResult('skip program', libbpf().bpf_program__set_autoload(this.#address, 0).value);
  }

  /**
   * Before load, of a tracing program: the function that it is put on, by its name in the BTF of the program behind
   * `fd`, or in the kernel's own where that is 0. The descriptor is used at load, too.
   */
  setTarget(fd: number, functionName: string): void {
    const { bpf_program__set_attach_target } = libbpf();
    const { value } = bpf_program__set_attach_target(this.#address, fd, functionName);
    checkResult(`set target function "${functionName}"`, value);
  }

  /** A copy of its instructions. After load they are relocated: descriptors of maps are in them. */
  instructions(): Buffer {
    const { bpf_program__insns, bpf_program__insn_cnt } = libbpf();
    const count = bpf_program__insn_cnt(this.#address).value;
    const first = checkPointer('read instructions', bpf_program__insns(this.#address));
    return readMemory(first, count * INSTRUCTION_BYTES);
  }

  /** Before load: accept multi-buffer frames. */
  acceptFragments(): void {
    const { bpf_program__set_flags } = libbpf();
    checkResult('set program flags', bpf_program__set_flags(this.#address, XDP_HAS_FRAGS).value);
  }
}
