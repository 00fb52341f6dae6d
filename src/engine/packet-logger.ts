// SPDX-License-Identifier: Apache-2.0
// The logger as the session runs it: the recorder, and what becomes of its records: top lists, and rows for `log`.
import type { RecorderReading } from '../collectors/collector.ts';
import { compile } from '../filter/compile.ts';
import { kernelMsAtZero } from '../kernel/monotonic-clock.ts';
import type { Log } from '../log.ts';
import { Networks, type NetworkTables } from '../recorder/networks/networks.ts';
import { PacketRowSink } from '../recorder/packet-rows.ts';
import type { TapRequest } from '../recorder/packet-tap.ts';
import { PacketTaps } from '../recorder/packet-taps.ts';
import { DevicePeaks } from '../recorder/peaks/peaks.ts';
import { SampledDevices } from '../recorder/peaks/sampled-devices.ts';
import { QueueCounts } from '../recorder/queue-counts.ts';
import type { TakeRecords } from '../recorder/record.ts';
import { Recorder } from '../recorder/recorder.ts';
import { Sampling } from '../recorder/sampling.ts';
import { TopLists } from '../recorder/top-lists/top-lists.ts';
import type { PacketRows } from '../snapshot/packet.ts';
import type { PacketStream } from '../snapshot/packet-stream.ts';
import type { QueuePackets } from '../snapshot/queue-packets.ts';
import type { TopListSnapshots } from '../snapshot/top-list.ts';
import type { Kernel } from './kernel.ts';
import type { LoggerOptions, TurnIntervals } from './options.ts';
import { wallMs } from './wall-clock.ts';

/** Where rows of packets go. */
export interface RowReader {
  /** Takes rows, where `LoggerOptions.output` asks for them. */
  readonly post: (rows: PacketRows) => void;
  /** Names by slot, as of now. */
  readonly devices: () => PacketRows['devices'];
}

/** Top lists are ranked and their rates decay in steps of this. */
const RANK_INTERVAL_MS = 1_000;

export class PacketLogger {
  readonly #networks: Networks | undefined;
  readonly #top: TopLists;
  readonly #queues: QueueCounts;
  /** Undefined where every packet's record is a row, and where sampling would make guesses of them. */
  readonly #peaks: DevicePeaks | undefined;
  readonly #sampled: SampledDevices;
  readonly #rows: PacketRowSink | undefined;
  readonly #taps: PacketTaps;
  readonly #recorder: Recorder;
  readonly #turnIntervals: TurnIntervals;
  /** By slot: records that earlier processes took. */
  readonly #takenBefore: Float64Array;
  #rankedAtMs = Number.NEGATIVE_INFINITY;

  /** @param reader takes rows, where `options.output` asks for them */
  constructor(kernel: Kernel, options: LoggerOptions, slots: number, log: Log, reader: RowReader) {
    const { transport, ringless, sampleInterval, possibleCpus } = kernel;
    if (transport === undefined) {
      throw new TypeError('start logger: the kernel was opened without one');
    }
    this.#turnIntervals = options.turnIntervals;
    this.#takenBefore = kernel.state?.taken ?? new Float64Array(slots);
    this.#networks = options.networks && new Networks(slots, options.networks.tables, wallMs);
    this.#top = new TopLists(slots, options.top, this.#networks);
    this.#queues = new QueueCounts(slots);
    const { maxEventsPerSecond, sampleInterval: fixedInterval, output, filter } = options;
    const countsAll = (fixedInterval ?? 1) === 1;
    this.#peaks =
      output === 'top' && countsAll
        ? new DevicePeaks(this.#top.decoded, kernelMsAtZero())
        : undefined;
    this.#sampled = new SampledDevices(slots);
    this.#taps = new PacketTaps(() => ({
      devices: reader.devices(),
      sampleInterval: this.#recorder.sampleInterval,
      nowMs: performance.now(),
      nowNs: process.hrtime.bigint(),
    }));
    const passes = filter && compile(filter, (slot) => reader.devices()[slot]);
    const post = (words: PacketRows['words']) => reader.post({ words, devices: reader.devices() });
    this.#rows = output === 'rows' ? new PacketRowSink(post, passes) : undefined;
    const taker = this.#taker();
    this.#recorder = new Recorder({
      possibleCpus,
      transport,
      ringless,
      sampleInterval,
      sampling: new Sampling({
        maxEventsPerSecond,
        ...(fixedInterval === undefined ? {} : { fixedInterval }),
      }),
      get take() {
        return taker();
      },
      log,
    });
  }

  followCpus(online: readonly number[], nowMs: number): void {
    this.#recorder.followCpus(online, nowMs);
  }

  /** How long after the last turn the next one is due. */
  get turnIntervalMs(): number {
    const { exactMs, sampledMs } = this.#turnIntervals;
    return this.#recorder.sampleInterval > 1 ? sampledMs : exactMs;
  }

  /**
   * Must come often: a ring holds what arrives in some tens of milliseconds.
   * @param nowMs of a clock that nobody sets
   */
  turn(nowMs: number): void {
    this.#peaks?.begin(nowMs);
    this.#recorder.turn(nowMs);
    this.#peaks?.end();
    if (this.#recorder.sampleInterval > 1) {
      this.#sampled.sampled(nowMs);
    }
    this.#rows?.flush();
    this.#taps.flush();
    if (nowMs - this.#rankedAtMs >= RANK_INTERVAL_MS) {
      this.#rankedAtMs = nowMs;
      this.#top.rank(nowMs, wallMs());
    }
  }

  /**
   * Each slot as of one moment, whatever turns come before it is used. The kernel's counters are to be read after this:
   * they then hold every packet that was decoded.
   * @param afterSlot called after each: to look at the lists of hundreds takes longer than rings can wait
   */
  reading(slots: readonly number[], nowMs: number, afterSlot: () => void): RecorderReading {
    const state = this.#recorder.state(nowMs);
    const peaks = this.#peaks;
    const decoded = new Map<number, number>();
    const queues = new Map<number, QueuePackets>();
    const top = new Map<number, TopListSnapshots>();
    for (const slot of slots) {
      decoded.set(slot, (this.#takenBefore[slot] ?? 0) + this.#top.records(slot));
      queues.set(slot, this.#queues.snapshot(slot));
      top.set(slot, this.#top.snapshot(slot));
      afterSlot();
    }
    return {
      state,
      readers: this.#taps.state(),
      decoded: (slot) => decoded.get(slot) ?? 0,
      queues: (slot) => queues.get(slot),
      ...(peaks === undefined
        ? {}
        : {
            peaks: (slot, leftOut) =>
              this.#sampled.has(slot, leftOut, nowMs) ? undefined : peaks.snapshot(slot, nowMs),
          }),
      top: Object.fromEntries(
        this.#top.names.map((name) => [name, (slot: number) => top.get(slot)?.[name]]),
      ),
    };
  }

  /** From now on packets are counted by these. */
  replaceNetworks(tables: NetworkTables): void {
    this.#networks?.replace(tables);
  }

  /** For a slot that another device is to have, and that nothing counts in now. */
  clearSlot(slot: number): void {
    this.#top.clearSlot(slot);
    this.#queues.clearSlot(slot);
    this.#peaks?.clearSlot(slot);
    this.#sampled.clearSlot(slot);
  }

  /** Throws an ExporterError where there are as many readers as there may be. */
  open(request: TapRequest): PacketStream {
    return this.#taps.open(request);
  }

  /** So many rows are written. */
  written(rows: number): void {
    this.#rows?.written(rows);
  }

  /** Records that the filter has held back. */
  get filteredOut(): number {
    return this.#rows?.filteredOut ?? 0;
  }

  close(): void {
    this.#recorder.close();
  }

  /** Where records go now: those that nobody asks for cost nothing. */
  #taker(): () => TakeRecords {
    const top = this.#peaks?.wrap(this.#top.take) ?? this.#top.take;
    const counts = takeTwice(top, this.#queues.take);
    const rows = this.#rows?.take;
    const taps = this.#taps;
    const idle = rows === undefined ? counts : takeTwice(counts, rows);
    const tapped = takeTwice(idle, taps.take);
    return () => (taps.isIdle ? idle : tapped);
  }
}

function takeTwice(one: TakeRecords, other: TakeRecords): TakeRecords {
  return (words, first, count, cpu) => {
    one(words, first, count, cpu);
    other(words, first, count, cpu);
  };
}
