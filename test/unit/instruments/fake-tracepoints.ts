// SPDX-License-Identifier: Apache-2.0
// The maps and programs of the tracepoints in memory, filled by events of devices wherever they are.
import { SystemError } from '../../../src/errors.ts';
import type { TracepointHook, TracepointListener } from '../../../src/instruments/tracepoints.ts';
import type { PerCpuEntries, PerCpuHashReader } from '../../../src/kernel/per-cpu-hash.ts';
import type { PerCpuReader } from '../../../src/kernel/per-cpu-map.ts';
import { TRACEPOINT_COUNTERS } from '../../../src/kernel/tracepoint-layout.ts';
import {
  type DeviceAddress,
  NO_PLACE,
  type TracepointName,
} from '../../../src/kernel/tracepoint-maps.ts';

const CPUS = 2;
const COUNTERS = TRACEPOINT_COUNTERS.sizeBytes / 8;

/** u64 words by key, then CPU, then word. */
class FakeWords implements PerCpuReader {
  readonly #words: BigUint64Array<ArrayBuffer>;
  readonly #wordsPerCpu: number;

  constructor(keys: number, wordsPerCpu: number) {
    this.#wordsPerCpu = wordsPerCpu;
    this.#words = new BigUint64Array(keys * CPUS * wordsPerCpu);
  }

  add(key: number, cpu: number, word: number, count: number): void {
    const index = (key * CPUS + cpu) * this.#wordsPerCpu + word;
    this.#words[index] = (this.#words[index] ?? 0n) + BigInt(count);
  }

  clear(key: number): void {
    const wordsPerKey = CPUS * this.#wordsPerCpu;
    this.#words.fill(0n, key * wordsPerKey, (key + 1) * wordsPerKey);
  }

  read(count: number) {
    const words = this.#words.slice(0, count * CPUS * this.#wordsPerCpu);
    return {
      words,
      halves: new Uint32Array(words.buffer),
      wordsPerCpu: this.#wordsPerCpu,
      wordsPerKey: CPUS * this.#wordsPerCpu,
    };
  }
}

/** Passed and dropped by from and to. */
class FakeHash implements PerCpuHashReader {
  readonly #entries = new Map<string, readonly [number, number]>();

  add(from: number, to: number, passed: number, dropped: number): void {
    const key = `${from} ${to}`;
    const [before, lost] = this.#entries.get(key) ?? [0, 0];
    this.#entries.set(key, [before + passed, lost + dropped]);
  }

  read(): PerCpuEntries {
    const keys = [...this.#entries.keys()].flatMap((key) => key.split(' ').map(Number));
    const values = new FakeWords(this.#entries.size, 2);
    for (const [index, [passed, dropped]] of [...this.#entries.values()].entries()) {
      values.add(index, 0, 0, passed);
      values.add(index, 1, 1, dropped);
    }
    const count = this.#entries.size;
    return { count, keys: Uint32Array.from(keys), values: values.read(count) };
  }

  delete(key: readonly number[]): void {
    this.#entries.delete(key.join(' '));
  }
}

export class FakeTracepoints implements TracepointHook {
  readonly counters = new FakeWords(16, COUNTERS);
  readonly devmap = new FakeHash();
  readonly cpumap = new FakeHash();
  readonly missed = new FakeWords(2, 1);
  /** Thrown where a program is attached, by the tracepoint. */
  readonly refusals = new Map<TracepointName, unknown>();
  /** Thrown where a device is watched, until it is taken back. */
  watchFailure: unknown;
  /** What was done, in order. */
  readonly events: string[] = [];
  /** Events that no program was run for. */
  misses = 0;
  /** By "inode ifindex". */
  readonly #places = new Map<string, number>();

  readonly maps = {
    counters: this.counters,
    devmap: this.devmap,
    cpumap: this.cpumap,
    missed: this.missed,
    watch: ({ inode, ifindex }: DeviceAddress, place: number): void => {
      if (this.watchFailure !== undefined) {
        throw this.watchFailure;
      }
      this.#places.set(`${inode} ${ifindex}`, place);
    },
    unwatch: ({ inode, ifindex }: DeviceAddress): void => {
      this.#places.delete(`${inode} ${ifindex}`);
    },
    clear: (place: number): void => {
      this.events.push(`clear ${place}`);
      this.counters.clear(place);
    },
  };

  /** Addresses that are watched now. */
  get watched(): readonly string[] {
    return [...this.#places.keys()];
  }

  readonly attach = (name: TracepointName): TracepointListener => {
    const refusal = this.refusals.get(name);
    if (refusal !== undefined) {
      throw refusal;
    }
    this.events.push(`attach ${name}`);
    return {
      info: { name: name.slice(0, 15), id: 7, tag: 'feedface' },
      misses: () => this.misses,
      close: () => void this.events.push(`close ${name}`),
    };
  };

  readonly close = (): void => void this.events.push('close');

  /** As the program at xdp_exception counts. */
  exception({ inode, ifindex }: DeviceAddress, action: number, frames = 1, cpu = 0): void {
    const place = this.#places.get(`${inode} ${ifindex}`);
    if (place !== undefined) {
      this.counters.add(place, cpu, TRACEPOINT_COUNTERS.offsets.exceptions / 8 + action, frames);
    }
  }

  redirectError({ inode, ifindex }: DeviceAddress, counter: number): void {
    const place = this.#places.get(`${inode} ${ifindex}`);
    if (place !== undefined) {
      this.counters.add(place, 0, TRACEPOINT_COUNTERS.offsets.errors / 8 + counter, 1);
    }
  }

  xmit(from: DeviceAddress, to: DeviceAddress, sent: number, dropped: number): void {
    const placeOf = ({ inode, ifindex }: DeviceAddress) =>
      this.#places.get(`${inode} ${ifindex}`) ?? NO_PLACE;
    const path = [placeOf(from), placeOf(to)] as const;
    if (path.some((place) => place !== NO_PLACE)) {
      this.devmap.add(...path, sent, dropped);
    }
  }
}

/** As the kernel says that it has no such tracepoint. */
export function unsupported(name: string): Error {
  return new Error(`load program "${name}": ESRCH`, {
    cause: new SystemError('load BPF object', 'ESRCH'),
  });
}
