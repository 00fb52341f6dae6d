// SPDX-License-Identifier: Apache-2.0
// The types of a compiled BPF object, by `bpftool btf dump`.
import { execFileSync } from 'node:child_process';

export interface BtfType {
  readonly id: number;
  readonly kind: string;
  readonly name: string;
  readonly size?: number;
  readonly type_id?: number;
  readonly nr_elems?: number;
  readonly values?: readonly { name: string; val: number }[];
  readonly members?: readonly { name: string; type_id: number; bits_offset: number }[];
  readonly vars?: readonly { type_id: number; offset: number; size: number }[];
}

const BPFTOOL = 'bpftool';

export class Btf {
  readonly #types: ReadonlyMap<number, BtfType>;

  constructor(path: string) {
    const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` };
    const args = ['--json', 'btf', 'dump', 'file', path];
    const dump = execFileSync(BPFTOOL, args, { env, encoding: 'utf8' });
    const { types } = JSON.parse(dump) as { types: readonly BtfType[] };
    this.#types = new Map(types.map((type) => [type.id, type]));
  }

  /** Exactly one type has this kind and name. */
  find(kind: string, name: string): BtfType {
    const found = [...this.#types.values()].filter(
      (type) => type.kind === kind && type.name === name,
    );
    const [type] = found;
    if (type === undefined || found.length > 1) {
      throw new Error(`find ${kind} "${name}": ${found.length} types`);
    }
    return type;
  }

  get(id: number | undefined): BtfType {
    const type = this.#types.get(id ?? 0);
    if (type === undefined) {
      throw new Error(`find type ${id}: not in the object`);
    }
    return type;
  }

  /** Without typedefs and qualifiers. */
  resolve(id: number | undefined): BtfType {
    const type = this.get(id);
    return ['TYPEDEF', 'CONST', 'VOLATILE'].includes(type.kind) ? this.resolve(type.type_id) : type;
  }

  /** By name; fails for a struct that has none. */
  member(struct: BtfType, name: string): BtfType {
    return this.resolve(struct.members?.find((member) => member.name === name)?.type_id);
  }
}
