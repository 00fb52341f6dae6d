// SPDX-License-Identifier: Apache-2.0
// One object of the kernel's that lives on as a file of a BPF file system: bpf(2), BPF_OBJ_PIN.
import { readdirSync, unlinkSync } from 'node:fs';
import { ExporterError, errorMessage } from '../../errors.ts';
import { checkResult } from '../../ffi/errno.ts';
import { libbpf } from '../../ffi/libbpf.ts';

/** Keeps the object behind a descriptor, also once the descriptor is closed. Takes the place of what is there. */
export function pinObject(fd: number, path: string): void {
  removePin(path);
  checkResult(`pin "${path}"`, libbpf().bpf_obj_pin(fd, path).value);
}

/** A descriptor that the caller closes. Throws a SystemError where the kernel refuses: ENOENT where nothing is pinned. */
export function openPin(path: string): number {
  return checkResult(`open pin "${path}"`, libbpf().bpf_obj_get(path).value);
}

/** It may be gone already. Throws an ExporterError where it stays. */
export function removePin(path: string): void {
  try {
    unlinkSync(path);
  } catch (cause) {
    const { code = errorMessage(cause) } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOENT') {
      throw new ExporterError(`remove pin "${path}": ${code}`, { cause });
    }
  }
}

/** Numbers that follow `prefix` in the names of a folder: of "cpu", those of "cpu0" and "cpu12". */
export function numbersOf(folder: string, prefix: string): readonly number[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)));
}
