// SPDX-License-Identifier: Apache-2.0
// The logger's reading side: a ring for each CPU that sends, drained in short intervals, and the sampling.
import { errorMessage, SystemError } from '../errors.ts';
import type { Log } from '../log.ts';
import { Lane } from './lane.ts';
import type { TakeRecords } from './record.ts';
import type { Opening, Transport } from './ring.ts';
import type { Sampling } from './sampling.ts';
import { CORRUPTION_KINDS, type CorruptionKind, type RecorderState } from './state.ts';

/** What no program of ours does: another process that may write to our maps did it, or memory is damaged. */
const CORRUPTIONS: Readonly<Record<CorruptionKind, string>> = {
  record: 'found a record that no program of ours wrote, and left it out',
  position: 'found a position that no program of ours wrote in a ring',
  interval: 'found the sample interval changed by another process',
};

export interface RecorderOptions {
  /** Ids of every CPU that could exist, ascending. */
  readonly possibleCpus: readonly number[];
  readonly transport: Transport;
  /** By CPU id, in memory that programs write to: packets that found no ring. */
  readonly ringless: BigUint64Array;
  /** One element, in memory that programs read: one packet in so many is to be recorded. */
  readonly sampleInterval: Uint32Array;
  readonly sampling: Pick<Sampling, 'interval' | 'update'>;
  /** Asked for at each turn. */
  readonly take: TakeRecords;
  readonly log: Log;
}

/** All times are of a clock that nobody sets. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #lanes: readonly Lane[];
  #online: ReadonlySet<number> = new Set();
  #changedIntervals = 0;
  readonly #warned = new Set<string>();
  /** As programs read it. */
  #interval: number;
  /** Damage that was found when the last turn ended. */
  #damages = 0;
  #first = 0;

  constructor(options: RecorderOptions) {
    const { possibleCpus, ringless, sampleInterval, sampling, transport } = options;
    this.#options = options;
    const { buffer, byteOffset, length } = ringless;
    // The low halves tell as well whether a count has changed, and need no BigInt.
    const halves = new Uint32Array(buffer, byteOffset, 2 * length);
    this.#lanes = possibleCpus.map((cpu) => new Lane(cpu, () => Atomics.load(halves, 2 * cpu)));
    this.#interval = sampling.interval;
    Atomics.store(sampleInterval, 0, this.#interval);
    // As if they had been online until now: what waits there is read, also where the CPU has gone meanwhile.
    this.#online = new Set(transport.waiting);
    const waiting = this.#lanes.filter(({ cpu }) => this.#online.has(cpu));
    this.#open(waiting, Number.NEGATIVE_INFINITY);
  }

  /** Opens the rings of CPUs that came online. Those of CPUs that went offline go with the next turns. */
  followCpus(online: readonly number[], nowMs: number): void {
    const before = this.#online;
    this.#online = new Set(online);
    for (const lane of this.#lanes) {
      const isGone = !this.#online.has(lane.cpu) && (lane.isLeaving || before.has(lane.cpu));
      lane.isLeaving = isGone && lane.hasRing;
    }
    this.#open(
      this.#lanes.filter(
        (lane) => this.#online.has(lane.cpu) && !lane.hasRing && lane.mayOpen(nowMs),
      ),
      nowMs,
    );
  }

  /** One packet in so many is recorded. */
  get sampleInterval(): number {
    return this.#options.sampling.interval;
  }

  /** Takes what every CPU has sent. A different CPU goes first each time, so that none is always the last. */
  turn(nowMs: number): void {
    const first = this.#first++ % this.#lanes.length;
    const lanes = [...this.#lanes.slice(first), ...this.#lanes.slice(0, first)];
    let records = this.#followRingless(lanes, nowMs);
    let fillRatio = 0;
    for (const lane of lanes) {
      records += lane.drain(this.#options.take, nowMs);
      fillRatio = Math.max(fillRatio, lane.fillRatio);
    }
    this.#options.sampling.update(nowMs, fillRatio, records);
    this.#applyInterval();
    this.#warnOfCorruptions();
  }

  state(nowMs: number): RecorderState {
    return {
      sampleInterval: this.sampleInterval,
      rings: this.#lanes.flatMap(({ cpu, sizeBytes, fill }) =>
        sizeBytes === undefined ? [] : [{ cpu, sizeBytes, fillRatioMax: fill.value(nowMs) }],
      ),
      corruptions: this.#countCorruptions(),
    };
  }

  /** Closes the rings with whatever was not read. */
  close(): void {
    for (const lane of this.#lanes) {
      lane.close();
    }
  }

  /**
   * Gives every CPU that lacks a ring one, within milliseconds. Of those that are to lose theirs, only one does each
   * time: the kernel waits for programs that run, and the other rings fill meanwhile. Returns how many records were
   * taken.
   */
  #followRingless(lanes: readonly Lane[], nowMs: number): number {
    const lacking: Lane[] = [];
    let hasLetGo = false;
    let records = 0;
    for (const lane of lanes) {
      const lacksRing = lane.lacksRing(nowMs);
      if (!hasLetGo && (lacksRing || lane.isLeaving) && lane.mayLetGo(nowMs)) {
        hasLetGo = true;
        records += lane.letGo(this.#options.take, nowMs, (error) => this.#warnOfRing(lane, error));
      }
      if (lacksRing && !lane.hasRing) {
        lacking.push(lane);
      }
    }
    this.#open(lacking, nowMs);
    return records;
  }

  #open(lanes: readonly Lane[], nowMs: number): void {
    if (lanes.length === 0) {
      return;
    }
    const openings = this.#options.transport.open(lanes.map(({ cpu }) => cpu));
    for (const [index, lane] of lanes.entries()) {
      const { opened, error } = openings[index] as Opening;
      if (opened === undefined) {
        this.#warnOfRing(lane, error);
      }
      lane.tried(opened, nowMs);
    }
  }

  /** Only this process writes the interval: another value there is somebody else's. */
  #applyInterval(): void {
    const { sampleInterval, sampling } = this.#options;
    const found = Atomics.exchange(sampleInterval, 0, sampling.interval);
    if (found !== this.#interval) {
      this.#changedIntervals++;
    }
    this.#interval = sampling.interval;
  }

  #countCorruptions(): Record<CorruptionKind, number> {
    const corruptions = { record: 0, position: 0, interval: this.#changedIntervals };
    for (const { damage } of this.#lanes) {
      corruptions.record += damage.record;
      corruptions.position += damage.position;
    }
    return corruptions;
  }

  /** Once for each kind: the metric tells how often. */
  #warnOfCorruptions(): void {
    const corruptions = this.#countCorruptions();
    const damages = corruptions.record + corruptions.position + corruptions.interval;
    if (damages === this.#damages) {
      return;
    }
    this.#damages = damages;
    for (const kind of CORRUPTION_KINDS) {
      if (corruptions[kind] > 0 && this.#isNews(kind)) {
        this.#options.log.warn(CORRUPTIONS[kind], { kind });
      }
    }
  }

  /** It would be the same for each CPU, and again at every try. */
  #warnOfRing({ cpu }: Lane, error: unknown): void {
    const message = errorMessage(error);
    if (this.#isNews(error instanceof SystemError ? error.code : message)) {
      this.#options.log.warn(message, { cpu });
    }
  }

  #isNews(subject: string): boolean {
    const isNews = !this.#warned.has(subject);
    this.#warned.add(subject);
    return isNews;
  }
}
