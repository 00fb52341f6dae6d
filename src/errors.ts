// SPDX-License-Identifier: Apache-2.0
// Every error that a user may see. Messages read "verb object: cause; remedy", with the offending value quoted.
import { describeLoadFailure } from './load-failure.ts';

/** 1: the work could not be done. 2: the call or the machine must be mended first (flags, privileges, libbpf). */
export type ExitCode = 1 | 2;

export class ExporterError extends Error {
  override readonly name: string = 'ExporterError';
  readonly exitCode: ExitCode = 1;
}

/** A flag, an environment variable or their combination is wrong. Nothing has been attached. */
export class ConfigError extends ExporterError {
  override readonly name = 'ConfigError';
  override readonly exitCode = 2;
}

/** The machine lacks what the exporter needs before it can begin: capabilities or libbpf. */
export class RequirementError extends ExporterError {
  override readonly name = 'RequirementError';
  override readonly exitCode = 2;
}

/** A run that does not go on while a device is down had one. */
export class DeviceDownError extends ExporterError {
  override readonly name = 'DeviceDownError';
}

/** A libbpf or libc call failed. `code` is the errno's symbol, such as "EBUSY". */
export class SystemError extends ExporterError {
  override readonly name = 'SystemError';
  readonly operation: string;
  readonly code: string;

  constructor(operation: string, code: string, remedy?: string) {
    super(`${operation}: ${code}${remedy === undefined ? '' : `; ${remedy}`}`);
    this.operation = operation;
    this.code = code;
  }
}

/** The kernel's verifier refused a program. The message holds its verdict, `log` all that it said. */
export class VerifierError extends ExporterError {
  override readonly name = 'VerifierError';
  readonly program: string;
  readonly log: readonly string[];

  constructor(program: string, summary: string, log: readonly string[], options?: ErrorOptions) {
    super(`load program "${program}": verifier: ${summary}`, options);
    this.program = program;
    this.log = log;
  }
}

/** A program of somebody else's has no BTF, so that nothing can be put on its functions. */
export class NoBtfError extends ExporterError {
  override readonly name = 'NoBtfError';
}

/** A compiled BPF object does not have the shape that this version of the exporter reads. */
export class AbiMismatchError extends ExporterError {
  override readonly name = 'AbiMismatchError';

  constructor(subject: string, expected: number | string, actual: number | string) {
    super(
      `check "${subject}": expected ${expected}, the BPF object has ${actual}; rebuild or reinstall xdp-exporter`,
    );
  }
}

/** What to show a person of anything that was thrown. */
export function errorMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new ExporterError(String(thrown), { cause: thrown });
}

/** For the `catch` of an `import()` that comes late: the package may have been replaced or removed meanwhile. */
export function failToLoad(cause: unknown): never {
  throw cause instanceof ExporterError
    ? cause
    : new ExporterError(describeLoadFailure(cause), { cause });
}

export function exitCodeOf(thrown: unknown): ExitCode {
  return thrown instanceof ExporterError ? thrown.exitCode : 1;
}
