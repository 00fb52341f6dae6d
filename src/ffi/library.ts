// SPDX-License-Identifier: Apache-2.0
// Turns a table of C signatures into typed functions. Pointers are numbers: user addresses stay below 2^53.
import { createRequire } from 'node:module';
import { DataType, load, open } from 'ffi-rs';

/**
 * Node unloads an addon with the last thread that used it, and the code of ffi-rs is then missing when that
 * thread's own destructors run: the process dies of SIGSEGV. A second handle on the addon keeps it mapped.
 */
function keepAddonLoaded(): void {
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  const addon = loaded.find((path) => path.endsWith('.node') && path.includes('ffi-rs'));
  if (addon !== undefined) {
    open({ library: 'ffi-rs', path: addon });
  }
}
keepAddonLoaded();

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

const PARAM_TYPES = {
  i32: DataType.I32,
  u32: DataType.U32,
  i64: DataType.I64,
  string: DataType.String,
  buffer: DataType.U8Array,
} as const satisfies Record<CType, DataType>;

const RETURN_TYPES = {
  i32: DataType.I32,
  u32: DataType.U32,
  i64: DataType.I64,
  void: DataType.Void,
} as const;

/**
 * Opens a shared library and binds `table` to it. ffi-rs keeps its libraries in a table without a lock, so
 * only one thread of a process may use this folder. A call costs 2..8 us: make few per scrape, none per packet.
 */
export function bindLibrary<const Table extends Record<string, Signature>>(
  library: string,
  path: string,
  table: Table,
): Functions<Table> {
  open({ library, path });
  const bind = (funcName: string, signature: Signature) => {
    const types = signature.params.map((type) => PARAM_TYPES[type]);
    return (...values: unknown[]) => {
      const isNull = values.map((value) => value === null);
      const result = load({
        library,
        funcName,
        retType: RETURN_TYPES[signature.returns],
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
