// SPDX-License-Identifier: Apache-2.0
// Possible CPUs in memory, each with a program that logs and a ring while one is open, and a PacketLogger over them.
import assert from 'node:assert/strict';
import { PacketLogger } from '../../../src/collector/packet-logger.ts';
import { Sampling, type SamplingOptions } from '../../../src/collector/sampling.ts';
import { BATCH_RECORDS } from '../../../src/kernel/abi.ts';
import type { PerfEventRing } from '../../../src/kernel/perf-event-ring.ts';
import { PerfRing } from '../../../src/kernel/perf-ring.ts';
import { FakePerfRing } from '../kernel/fake-perf-ring.ts';
import { FakeProducer } from './fake-producer.ts';
import { RecordList } from './record-list.ts';

export const NOW_MS = 1_700_000_000_000;
/** Room for three batches. */
export const RING_BYTES = 8192;

class FakeCpu {
  readonly producer: FakeProducer;
  readonly taken = new RecordList();
  /** Set, it can have no ring. */
  refusesRing = false;
  /** What happens on it while its ring is being opened. */
  whileOpening = () => {};

  constructor(times: boolean) {
    this.producer = new FakeProducer(BATCH_RECORDS, times);
  }
}

export class FakeCpus {
  /** What was done, in order: "open 0", "take 0", "close 0", "close batches". */
  readonly events: string[] = [];
  readonly logger: PacketLogger;
  readonly #cpus: ReadonlyMap<number, FakeCpu>;

  constructor({
    possible = [0, 1],
    times = false,
    sampling = {},
  }: {
    readonly possible?: readonly number[];
    readonly times?: boolean;
    readonly sampling?: Partial<SamplingOptions>;
  } = {}) {
    this.#cpus = new Map(possible.map((cpu) => [cpu, new FakeCpu(times)]));
    this.logger = new PacketLogger({
      possibleCpus: possible,
      batches: {
        entry: (cpu) => this.cpu(cpu).producer.batches,
        close: () => void this.events.push('close batches'),
      },
      openRing: (cpu) => this.#openRing(cpu),
      sinkOf: (cpu) => ({
        take: (...records) => {
          this.events.push(`take ${cpu}`);
          this.cpu(cpu).taken.take(...records);
        },
      }),
      sampling: new Sampling({ maxEventsPerSecond: 1e9, ...sampling }),
      times,
    });
  }

  cpu(id: number): FakeCpu {
    return this.#cpus.get(id) ?? assert.fail(`CPU ${id} is not possible`);
  }

  turns(count: number, nowMs = NOW_MS): void {
    for (let turn = 0; turn < count; turn++) {
      this.logger.turn(nowMs);
    }
  }

  #openRing(id: number): PerfEventRing | undefined {
    this.events.push(`open ${id}`);
    const { producer, refusesRing, whileOpening } = this.cpu(id);
    whileOpening();
    if (refusesRing) {
      return undefined;
    }
    const memory = new FakePerfRing(RING_BYTES);
    const ring = new PerfRing(memory.memory);
    const close = () => {
      this.events.push(`close ${id}`);
      producer.ring = undefined;
      ring.detach();
    };
    producer.ring = memory;
    return { cpu: id, ring, close } as unknown as PerfEventRing;
  }
}

export function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
