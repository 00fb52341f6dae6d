// SPDX-License-Identifier: Apache-2.0
// Somebody else's programs, and frames that tell them what to decide.
import { fileURLToPath } from 'node:url';
import { checkResult } from '../../../src/ffi/errno.ts';
import { libbpf } from '../../../src/ffi/libbpf.ts';
import { BpfObject } from '../../../src/kernel/object.ts';
import { readProgramInfo } from '../../../src/kernel/program-info.ts';

const OBJECTS = new URL('../../bpf/', import.meta.url);
export const PLAIN_OBJECT = fileURLToPath(new URL('foreign.bpf.o', OBJECTS));
export const FRAGS_OBJECT = fileURLToPath(new URL('foreign_frags.bpf.o', OBJECTS));

const OURS = new URL('../../../bpf/', import.meta.url);

/** Of `ObserverOptions`. */
export const OBSERVER_OBJECTS = {
  objectPaths: ['xdp_observer_cast', 'xdp_observer', 'xdp_observer_untyped'].map((name) =>
    fileURLToPath(new URL(`${name}.bpf.o`, OURS)),
  ),
} as const;

/** Programs by name, loaded: whoever opens them closes them. */
export class ForeignPrograms {
  readonly #object: BpfObject;

  constructor(path = PLAIN_OBJECT) {
    this.#object = new BpfObject(path);
    this.#object.load('foreign');
  }

  fd(name: string): number {
    return this.#object.program(name).fd;
  }

  id(name: string): number {
    return readProgramInfo(this.fd(name)).id;
  }

  get mapFd(): number {
    return this.#object.map('foreign_tails').fd;
  }

  /** What `foreign_tail_call` goes on with. */
  setTail(name: string): void {
    const key = Buffer.alloc(4);
    const value = Buffer.alloc(4);
    value.writeUInt32LE(this.fd(name));
    const result = libbpf().bpf_map_update_elem(this.mapFd, key, value, 0);
    checkResult('set tail', result.value);
  }

  close(): void {
    this.#object.close();
  }
}

const BPF_PROG_TYPE_XDP = 6;
/** r0 = XDP_PASS; exit */
const PASS = Buffer.from('b7000000020000009500000000000000', 'hex');
const INSTRUCTION_BYTES = 8;

/** A program as a loader makes it that knows nothing of BTF; the caller closes the descriptor. */
export function loadWithoutBtf(): number {
  const instructions = PASS.length / INSTRUCTION_BYTES;
  const { bpf_prog_load } = libbpf();
  const { value } = bpf_prog_load(BPF_PROG_TYPE_XDP, 'bare', 'GPL', PASS, instructions, null);
  return checkResult('load program', value);
}

/** What the frames say of themselves. */
export interface ForeignFrame {
  readonly verdict: number;
  readonly length: number;
  /** IPv4. */
  readonly source: number;
}

const ETHERNET_BYTES = 14;
const IP_BYTES = 20;
const PAYLOAD = 42;

export const DESTINATION = 0xc000_0201;

/** UDP over IPv4, whose payload begins with the verdict. */
export function foreignFrame({ verdict, length, source }: ForeignFrame): Buffer {
  const frame = Buffer.alloc(length);
  frame.fill(0xff, 0, 6);
  frame.writeUInt8(2, 6);
  frame.writeUInt16BE(0x0800, 12);
  frame.writeUInt8(0x45, 14);
  frame.writeUInt16BE(length - ETHERNET_BYTES, 16);
  frame.writeUInt8(64, 22);
  frame.writeUInt8(17, 23);
  frame.writeUInt32BE(source, 26);
  frame.writeUInt32BE(DESTINATION, 30);
  frame.writeUInt16BE(40_000, 34);
  frame.writeUInt16BE(53, 36);
  frame.writeUInt16BE(length - ETHERNET_BYTES - IP_BYTES, 38);
  frame.writeUInt32LE(verdict, PAYLOAD);
  return frame;
}

/** aborted, drop, pass, tx, redirect, and what is none of them. */
export const VERDICTS = [0, 1, 2, 3, 4, 77] as const;

/** Where a verdict is counted. */
export function actionOf(verdict: number): number {
  return Math.min(verdict, 5);
}
