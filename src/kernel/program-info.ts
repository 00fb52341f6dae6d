// SPDX-License-Identifier: Apache-2.0
// What the kernel tells of a loaded program, ours or another's.
import { NoBtfError, SystemError } from '../errors.ts';
import { checkPointer, checkResult } from '../ffi/errno.ts';
import { libbpf } from '../ffi/libbpf.ts';
import { libc } from '../ffi/libc.ts';
import { addressOf, allocate, readMemory, readText } from '../ffi/memory.ts';
import type { ProgramInfo } from '../snapshot/device.ts';

/** struct bpf_prog_info in linux/bpf.h, as of Linux 5.16. Older kernels leave the end as it is: zero. */
const PROG_INFO = {
  sizeBytes: 224,
  id: 4,
  tag: 8,
  tagEnd: 16,
  instructionBytes: 20,
  instructions: 32,
  name: 64,
  nameEnd: 80,
  btfId: 128,
  funcInfoSize: 132,
  funcInfo: 136,
  funcInfoCount: 144,
  runNanoseconds: 192,
  runs: 200,
  recursionMisses: 208,
} as const;

/** struct bpf_func_info: an instruction, then the id of its function's type. */
export const FUNC_INFO = { sizeBytes: 8, typeId: 4 } as const;

/** As many as a program can have: BPF_MAX_SUBPROGS in linux/bpf_verifier.h. */
const MAX_FUNCTIONS = 256;

/** struct btf_type begins with where its name is. */
const BTF_NAME_BYTES = 4;

export type ProgramIdentity = Pick<ProgramInfo, 'name' | 'id' | 'tag'>;

export function readProgramInfo(programFd: number): ProgramIdentity {
  const info = readInfo(programFd, Buffer.alloc(PROG_INFO.sizeBytes));
  const name = info.subarray(PROG_INFO.name, PROG_INFO.nameEnd);
  return {
    name: name.toString('utf8', 0, name.indexOf(0)),
    id: info.readUInt32LE(PROG_INFO.id),
    tag: info.toString('hex', PROG_INFO.tag, PROG_INFO.tagEnd),
  };
}

/** Opens any program. ENOENT as `code` where none has that id any more; EPERM without CAP_SYS_ADMIN. */
export function openProgram(id: number): number {
  return checkResult(`open program ${id}`, libbpf().bpf_prog_get_fd_by_id(id).value);
}

/** Closes the descriptor when the work is done. */
export function withProgram<Result>(fd: number, use: (programFd: number) => Result): Result {
  try {
    return use(fd);
  } finally {
    libc().close(fd);
  }
}

/** Throws what `openProgram` throws. */
export function readProgramInfoById(id: number): ProgramIdentity {
  return withProgram(openProgram(id), readProgramInfo);
}

/** Times that the kernel did not run a tracing program because it was just running on that CPU (Linux 5.12). */
export function readRecursionMisses(programFd: number): number {
  const info = readInfo(programFd, Buffer.alloc(PROG_INFO.sizeBytes));
  return Number(info.readBigUInt64LE(PROG_INFO.recursionMisses));
}

/** What was counted while a RunStats was open. */
export function readRuns(programFd: number): { runs: bigint; nanoseconds: bigint } {
  const info = readInfo(programFd, Buffer.alloc(PROG_INFO.sizeBytes));
  return {
    runs: info.readBigUInt64LE(PROG_INFO.runs),
    nanoseconds: info.readBigUInt64LE(PROG_INFO.runNanoseconds),
  };
}

/** Of struct bpf_insn, as the verifier left them. Empty where the kernel does not show them. */
export function readInstructions(programFd: number): Buffer {
  const known = readInfo(programFd, Buffer.alloc(PROG_INFO.sizeBytes));
  const instructions = allocate(known.readUInt32LE(PROG_INFO.instructionBytes));
  const request = allocate(PROG_INFO.sizeBytes);
  request.writeUInt32LE(instructions.length, PROG_INFO.instructionBytes);
  request.writeBigUInt64LE(BigInt(addressOf(instructions)), PROG_INFO.instructions);
  const info = readInfo(programFd, request);
  const isShown = info.readBigUInt64LE(PROG_INFO.instructions) !== 0n;
  return isShown ? instructions : Buffer.alloc(0);
}

/** The function that a program begins with. */
export interface EntryFunction {
  /** In BTF, in full; undefined where that may not be read. */
  readonly name: string | undefined;
  /** Of its type in the program's BTF. */
  readonly typeId: number;
}

/** The name takes CAP_SYS_ADMIN. Throws a NoBtfError where the program has no BTF. */
export function readEntryFunction(programFd: number): EntryFunction {
  const [typeId] = readFunctionTypes(programFd);
  const info = readInfo(programFd, Buffer.alloc(PROG_INFO.sizeBytes));
  const btfId = info.readUInt32LE(PROG_INFO.btfId);
  if (btfId === 0 || typeId === undefined) {
    throw new NoBtfError(`read BTF of program ${info.readUInt32LE(PROG_INFO.id)}: it has none`);
  }
  return { name: readableTypeName(btfId, typeId), typeId };
}

/** With its full name, which takes CAP_SYS_ADMIN; the kernel's own, which ends after 15 characters, without. */
export function readNamedProgram(programFd: number): ProgramIdentity {
  const info = readProgramInfo(programFd);
  return { ...info, name: readEntryFunction(programFd).name ?? info.name };
}

/** Of the function of that type in the program's BTF. Takes CAP_SYS_ADMIN. */
export function readFunctionName(programFd: number, typeId: number): string {
  const info = readInfo(programFd, Buffer.alloc(PROG_INFO.sizeBytes));
  return typeName(info.readUInt32LE(PROG_INFO.btfId), typeId);
}

/** The types in its BTF of a program's functions, in their order; none where it has no BTF. Takes CAP_BPF. */
export function readFunctionTypes(programFd: number): readonly number[] {
  const functions = allocate(MAX_FUNCTIONS * FUNC_INFO.sizeBytes);
  const request = allocate(PROG_INFO.sizeBytes);
  request.writeUInt32LE(FUNC_INFO.sizeBytes, PROG_INFO.funcInfoSize);
  request.writeBigUInt64LE(BigInt(addressOf(functions)), PROG_INFO.funcInfo);
  request.writeUInt32LE(MAX_FUNCTIONS, PROG_INFO.funcInfoCount);
  const count = readInfo(programFd, request).readUInt32LE(PROG_INFO.funcInfoCount);
  // The kernel counts all that there are, and gives as many as there is room for.
  return Array.from({ length: Math.min(count, MAX_FUNCTIONS) }, (_, index) =>
    functions.readUInt32LE(index * FUNC_INFO.sizeBytes + FUNC_INFO.typeId),
  );
}

function readableTypeName(btfId: number, typeId: number): string | undefined {
  try {
    return typeName(btfId, typeId);
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EPERM') {
      return undefined;
    }
    throw error;
  }
}

function typeName(btfId: number, typeId: number): string {
  const { btf__load_from_kernel_by_id, btf__type_by_id, btf__name_by_offset, btf__free } = libbpf();
  const btf = checkPointer(`read BTF ${btfId}`, btf__load_from_kernel_by_id(btfId));
  try {
    const operation = `find type ${typeId} of BTF ${btfId}`;
    const type = checkPointer(operation, btf__type_by_id(btf, typeId));
    const nameOffset = readMemory(type, BTF_NAME_BYTES).readUInt32LE();
    return readText(checkPointer(operation, btf__name_by_offset(btf, nameOffset)));
  } finally {
    btf__free(btf);
  }
}

function readInfo(programFd: number, info: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(info.length);
  const { value } = libbpf().bpf_obj_get_info_by_fd(programFd, info, size);
  checkResult('read program info', value);
  return info;
}
