// SPDX-License-Identifier: Apache-2.0
// What programs leave in memory: counters by slot and CPU, and records in the rings of CPUs.
import { DEVICE, TRAFFIC } from '../../../src/kernel/layout.ts';
import type { PerCpuReader } from '../../../src/kernel/per-cpu-map.ts';
import type { PerCpuValues } from '../../../src/kernel/per-cpu-values.ts';
import { LENGTH, RECORD_WORDS, SLOT, SOURCE, WEIGHT } from '../../../src/recorder/record.ts';
import type { Opening, OpenRing, Transport } from '../../../src/recorder/ring.ts';

const WORDS = DEVICE.sizeBytes / 8;

/** Struct xdp_device by slot, as the kernel gives it. */
export class FakeCounters implements PerCpuReader {
  readonly #words: BigUint64Array;
  readonly #wordsPerKey: number;
  /** The counts of slots that were asked for. */
  readonly reads: number[] = [];
  /** Thrown by every read while it is set. */
  failure: unknown;
  /** Called by every read, before and after the values are taken. */
  around: (isTaken: boolean) => void = () => {};

  constructor(slots: number, cpus: number) {
    this.#wordsPerKey = cpus * WORDS;
    this.#words = new BigUint64Array(slots * this.#wordsPerKey);
  }

  /** @param word 0 is the first of the field */
  add(slot: number, position: number, field: keyof typeof DEVICE.offsets, word = 0): void {
    const at = slot * this.#wordsPerKey + position * WORDS + DEVICE.offsets[field] / 8 + word;
    this.#words[at] = (this.#words[at] ?? 0n) + 1n;
  }

  clear(slot: number): void {
    this.#words.fill(0n, slot * this.#wordsPerKey, (slot + 1) * this.#wordsPerKey);
  }

  read(count: number): PerCpuValues {
    this.reads.push(count);
    if (this.failure !== undefined) {
      throw this.failure;
    }
    this.around(false);
    const words = this.#words.slice(0, count * this.#wordsPerKey);
    this.around(true);
    return {
      words,
      halves: new Uint32Array(words.buffer),
      wordsPerCpu: WORDS,
      wordsPerKey: this.#wordsPerKey,
    };
  }
}

/** Rings of any length, by CPU. */
export class FakeTransport implements Transport {
  readonly rings = new Map<number, number[][]>();

  /** False where the CPU has no ring. */
  send(cpu: number, record: readonly number[]): boolean {
    return this.rings.get(cpu)?.push([...record]) !== undefined;
  }

  open(cpus: readonly number[]): Opening[] {
    return cpus.map((cpu) => ({ opened: this.#open(cpu) }));
  }

  #open(cpu: number): OpenRing {
    const queue: number[][] = [];
    this.rings.set(cpu, queue);
    return {
      ring: {
        cpu,
        sizeBytes: 4096,
        fill: 0,
        damagedRecords: 0,
        damagedPositions: 0,
        drain(take) {
          const records = queue.splice(0);
          take(Uint32Array.from(records.flat()), 0, records.length, cpu);
          return records.length;
        },
      },
      withdraw: () => void this.rings.delete(cpu),
      close() {},
    };
  }
}

export const PASS = 2;
const IPV4 = 1;

/** Of a packet of 64 bytes from an IPv4 source. */
export function recordOf(slot: number): number[] {
  const words = new Array<number>(RECORD_WORDS).fill(0);
  words[SOURCE] = 0x0102_0304;
  words[LENGTH] = 64;
  words[WEIGHT] = 1;
  words[SLOT] = (slot | (17 << 16) | (PASS << 24) | (IPV4 << 27)) >>> 0;
  return words;
}

/** The word of the packets, or of the bytes, of an action in field "traffic". */
export function trafficWord(action: number, quantity: 'packets' | 'bytes'): number {
  return (action * TRAFFIC.sizeBytes + TRAFFIC.offsets[quantity]) / 8;
}
