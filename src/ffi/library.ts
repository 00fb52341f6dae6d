// SPDX-License-Identifier: Apache-2.0
// Turns a table of C signatures into typed functions. Pointers are numbers: user addresses stay below 2^53.
import type { DataType } from 'ffi-rs';
import { ffi, loadFailure } from './addon.ts';

/** An address in this process. 0 is NULL. */
export type Address = number;

interface CTypes {
  i32: number;
  u32: number;
  /** size_t, u64 and pointers: exact below 2^53. Read larger values from a Buffer. */
  i64: number;
  /** NUL-terminated UTF-8, copied for the call. */
  string: string;
  /** The Buffer's own memory for the length of the call, or NULL. */
  buffer: Buffer | null;
}
type CType = keyof CTypes;

export interface Signature {
  readonly params: readonly CType[];
  readonly returns: 'i32' | 'u32' | 'i64' | 'void';
}

type Result<S extends Signature> = S['returns'] extends 'void'
  ? undefined
  : S['returns'] extends CType
    ? CTypes[S['returns']]
    : never;

/** What a call returned, and errno as it was right after it (0 = success for libc's own convention only). */
export interface Outcome<Value> {
  readonly value: Value;
  readonly errno: number;
}

type Arguments<Params extends readonly CType[]> = {
  -readonly [Index in keyof Params]: CTypes[Params[Index]];
};

export type Functions<Table extends Record<string, Signature>> = {
  readonly [Name in keyof Table]: (
    ...values: Arguments<Table[Name]['params']>
  ) => Outcome<Result<Table[Name]>>;
};

/**
 * Opens a shared library and binds `table` to it. ffi-rs keeps its libraries in a table without a lock, so
 * only one thread of a process may use this folder. A call costs 2..8 us: make few per scrape, none per packet.
 *
 * @throws RequirementError where the library is missing, with the package that holds it
 */
export function bindLibrary<const Table extends Record<string, Signature>>(
  library: string,
  path: string,
  table: Table,
): Functions<Table> {
  const { DataType, load, open } = ffi();
  const paramTypes: Record<CType, DataType> = {
    i32: DataType.I32,
    u32: DataType.U32,
    i64: DataType.I64,
    string: DataType.String,
    buffer: DataType.U8Array,
  };
  const returnTypes = {
    i32: DataType.I32,
    u32: DataType.U32,
    i64: DataType.I64,
    void: DataType.Void,
  } as const;
  try {
    open({ library, path });
  } catch (cause) {
    throw loadFailure(path, cause);
  }
  const bind = (funcName: string, signature: Signature) => {
    const types = signature.params.map((type) => paramTypes[type]);
    return (...values: unknown[]) => {
      const isNull = values.map((value) => value === null);
      const result = load({
        library,
        funcName,
        retType: returnTypes[signature.returns],
        paramsType: types.map((type, index) => (isNull[index] ? DataType.I64 : type)),
        paramsValue: values.map((value) => value ?? 0),
        errno: true,
      }) as { value: unknown; errnoCode: number };
      return { value: result.value, errno: result.errnoCode };
    };
  };
  const functions: Record<string, unknown> = {};
  for (const [name, signature] of Object.entries(table)) {
    functions[name] = bind(name, signature);
  }
  return functions as Functions<Table>;
}
