// SPDX-License-Identifier: Apache-2.0
// The CPUs whose series are shown: those that the kernel lists as online, and those that send all the same.
import { errorMessage } from '../errors.ts';
import { DEVICE, TRAFFIC } from '../kernel/layout.ts';
import { numberAt, type PerCpuValues } from '../kernel/per-cpu-values.ts';
import type { Log } from '../log.ts';

/** A CPU that is not listed as online now. */
interface Unlisted {
  /** That it had counted at the last look. */
  packets: number;
  /** It has sent while it was not listed. */
  sends: boolean;
}

/** A container may be shown only some of the machine's CPUs, or none, while packets arrive on all of them. */
export class CpuList {
  readonly #possible: readonly number[];
  readonly #readOnline: () => readonly number[];
  readonly #log: Log;
  /** By id. What no CPU has ever counted is the first baseline of those that were never listed. */
  readonly #unlisted: Map<number, Unlisted>;
  /** The last list that could be read. */
  #listed: readonly number[] = [];
  #isHidden = false;

  /**
   * @param possible ids in the order of the parts of per-CPU values
   * @param readOnline ids; may throw, where a container hides the list
   */
  constructor(possible: readonly number[], readOnline: () => readonly number[], log: Log) {
    this.#possible = possible;
    this.#readOnline = readOnline;
    this.#log = log;
    this.#unlisted = new Map(possible.map((cpu) => [cpu, { packets: 0, sends: false }]));
  }

  /**
   * Ids, ascending, as the kernel lists them, or last did: that it cannot be asked now (EMFILE) takes no CPU its ring.
   * None where the list was always hidden.
   */
  online(): readonly number[] {
    const online = new Set(this.#read());
    for (const cpu of online) {
      this.#unlisted.delete(cpu);
    }
    return this.#possible.filter((cpu) => online.has(cpu));
  }

  /**
   * Ids, ascending: those online, and those that have sent packets while they were not listed. A CPU that went
   * offline has sent nothing since.
   * @param countPackets sums what the CPU at a position of `possible` has counted; absent where that is not known
   */
  shown(countPackets?: (position: number) => number): readonly number[] {
    const online = new Set(this.online());
    if (countPackets !== undefined) {
      this.#findSenders(online, countPackets);
    }
    return this.#possible.filter(
      (cpu) => online.has(cpu) || this.#unlisted.get(cpu)?.sends === true,
    );
  }

  /** As `shown`. @param values counters of every device; may throw */
  shownIn(values: () => PerCpuValues): readonly number[] {
    let read: PerCpuValues;
    try {
      read = values();
    } catch {
      // The collectors that need the values say so.
      return this.shown();
    }
    return this.shown((position) => countPackets(read, position));
  }

  #read(): readonly number[] {
    try {
      this.#listed = this.#readOnline();
      this.#isHidden = false;
    } catch (error) {
      if (!this.#isHidden) {
        this.#isHidden = true;
        const kept = this.#listed.length > 0 ? 'those of the last list stay, others' : 'CPUs';
        this.#log.warn(`${errorMessage(error)}; ${kept} are shown as soon as they receive packets`);
      }
    }
    return this.#listed;
  }

  #findSenders(online: ReadonlySet<number>, countPackets: (position: number) => number): void {
    const found: number[] = [];
    for (const [position, cpu] of this.#possible.entries()) {
      if (!online.has(cpu) && this.#hasBegun(cpu, countPackets(position))) {
        found.push(cpu);
      }
    }
    // Where the whole list is hidden, that was said.
    if (found.length > 0 && !this.#isHidden) {
      this.#log.warn('packets arrive on CPUs that the kernel does not list as online', {
        cpus: found.join(','),
      });
    }
  }

  /** Whether a CPU that is not listed was seen to send for the first time. */
  #hasBegun(cpu: number, packets: number): boolean {
    const before = this.#unlisted.get(cpu);
    const sends = before !== undefined && packets > before.packets;
    this.#unlisted.set(cpu, { packets, sends: sends || before?.sends === true });
    return sends && !before.sends;
  }
}

const WORD_BYTES = 8;
const PACKETS = (DEVICE.offsets.traffic + TRAFFIC.offsets.packets) / WORD_BYTES;
const ACTION_WORDS = TRAFFIC.sizeBytes / WORD_BYTES;

/** What the CPU at a position has counted, of every device and action. */
export function countPackets(values: PerCpuValues, position: number): number {
  const { words, wordsPerCpu, wordsPerKey } = values;
  let packets = 0;
  for (let start = position * wordsPerCpu; start < words.length; start += wordsPerKey) {
    for (let action = 0; action < DEVICE.lengths.traffic; action++) {
      packets += numberAt(values, start + PACKETS + action * ACTION_WORDS);
    }
  }
  return packets;
}
