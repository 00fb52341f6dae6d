// SPDX-License-Identifier: Apache-2.0
// Puts copies of our tracing programs on a program whose BTF is hidden: libbpf would read it, which takes CAP_SYS_ADMIN.
import { ExporterError } from '../errors.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { addressOf, allocate } from '../ffi/memory.ts';
import { allocateLog, type BpfObject, loadFailure } from './object.ts';
import { FUNC_INFO, readFunctionTypes } from './program-info.ts';

/**
 * A kernel function with an argument and a result as an XDP program's (5.15). The programs are loaded for it first,
 * and never attached to it: libbpf finds it in the kernel's own BTF, and then knows all of their instructions.
 */
export const STAND_IN = 'xdp_master_redirect';

/** BPF_PROG_TYPE_TRACING in linux/bpf.h. */
const TRACING = 26;

/** enum bpf_attach_type in linux/bpf.h. */
export const ATTACH_TYPES = { fentry: 24, fexit: 25 } as const;

/** struct bpf_prog_load_opts in libbpf's bpf.h, as of libbpf 1.0. */
const LOAD_OPTIONS = {
  sizeBytes: 104,
  attachType: 12,
  btfFd: 16,
  attachBtfId: 32,
  attachFd: 36,
  funcInfo: 56,
  funcInfoCount: 64,
  funcInfoSize: 68,
  logSize: 92,
  logBuf: 96,
} as const;

/** struct bpf_insn in linux/bpf.h: a call of a function of the same program is relative to the next instruction. */
const INSTRUCTION = { sizeBytes: 8, registers: 1, value: 4 } as const;
const CALL = 0x85;
const PSEUDO_CALL = 1;

/** The function that a copy is put on. */
export interface CopyTarget {
  /** Of its program. */
  readonly programFd: number;
  /** In the BTF of that program. */
  readonly typeId: number;
}

/**
 * Loads a program of a loaded object once more, on the target. The caller closes the descriptor. Throws a VerifierError
 * where the kernel refuses it there.
 */
export function copyProgram(
  object: BpfObject,
  name: string,
  attachType: number,
  { programFd, typeId }: CopyTarget,
): number {
  const program = object.program(name);
  const instructions = program.instructions();
  const functions = describeFunctions(functionStarts(instructions), readFunctionTypes(program.fd));
  const log = allocateLog();
  const options = allocate(LOAD_OPTIONS.sizeBytes);
  options.writeBigUInt64LE(BigInt(options.length), 0);
  options.writeUInt32LE(attachType, LOAD_OPTIONS.attachType);
  options.writeUInt32LE(object.btfFd, LOAD_OPTIONS.btfFd);
  options.writeUInt32LE(typeId, LOAD_OPTIONS.attachBtfId);
  options.writeUInt32LE(programFd, LOAD_OPTIONS.attachFd);
  options.writeBigUInt64LE(BigInt(addressOf(functions)), LOAD_OPTIONS.funcInfo);
  options.writeUInt32LE(functions.length / FUNC_INFO.sizeBytes, LOAD_OPTIONS.funcInfoCount);
  options.writeUInt32LE(FUNC_INFO.sizeBytes, LOAD_OPTIONS.funcInfoSize);
  options.writeUInt32LE(log.length, LOAD_OPTIONS.logSize);
  options.writeBigUInt64LE(BigInt(addressOf(log)), LOAD_OPTIONS.logBuf);
  const { value } = libbpf().bpf_prog_load(
    TRACING,
    name,
    'Dual BSD/GPL',
    instructions,
    instructions.length / INSTRUCTION.sizeBytes,
    options,
  );
  if (value < 0) {
    throw loadFailure(name, `load copy of "${name}"`, -value, log);
  }
  return value;
}

/** Where the functions of a program begin, in instructions, ascending: the main one, and all that are called. */
export function functionStarts(instructions: Buffer): readonly number[] {
  const starts = new Set([0]);
  for (let at = 0; at < instructions.length; at += INSTRUCTION.sizeBytes) {
    const source = instructions.readUInt8(at + INSTRUCTION.registers) >> 4;
    if (instructions.readUInt8(at) === CALL && source === PSEUDO_CALL) {
      const distance = instructions.readInt32LE(at + INSTRUCTION.value);
      starts.add(at / INSTRUCTION.sizeBytes + 1 + distance);
    }
  }
  return [...starts].sort((one, other) => one - other);
}

/** As struct bpf_func_info. @param typeIds of the functions, as the kernel knows them of the loaded program */
export function describeFunctions(starts: readonly number[], typeIds: readonly number[]): Buffer {
  const [main = 0] = typeIds;
  // The kernel drops functions that are never called, as where the logger is off: any type will do for those.
  const types = typeIds.length === 1 ? starts.map(() => main) : typeIds;
  if (types.length !== starts.length) {
    throw new ExporterError(
      `describe functions: the program has ${starts.length}, the kernel knows ${types.length}`,
    );
  }
  const described = allocate(starts.length * FUNC_INFO.sizeBytes);
  for (const [index, start] of starts.entries()) {
    described.writeUInt32LE(start, index * FUNC_INFO.sizeBytes);
    described.writeUInt32LE(types[index] ?? 0, index * FUNC_INFO.sizeBytes + FUNC_INFO.typeId);
  }
  return described;
}
