// SPDX-License-Identifier: Apache-2.0
// Where `log` has its packets from, and the engine of its own that it starts for them.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Outcomes } from '../collectors/logger/read.ts';
import { Engine } from '../engine/engine.ts';
import type { EngineOptions } from '../engine/options.ts';
import type { LogRecord } from '../log.ts';
import type { PacketRows } from '../snapshot/packet.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';

/** What became of the packets, from the first one to the last. */
export interface PacketTotals {
  /** By XDP, on the devices that were asked for. */
  readonly seen: number;
  readonly filteredOut: number;
  readonly sampledOut: number;
  /** Lost because a ring had no room, or for want of one. */
  readonly lost: number;
  /** Not looked at by an exporter that was joined, since this reader was behind. */
  readonly missed?: number;
}

/**
 * Batches of packets, in the order of each CPU. A reader that asks for the next batch is done with the one before;
 * one that is slow loses packets, which the totals tell, and costs no more memory.
 */
export interface PacketSource extends AsyncIterable<PacketRows> {
  /** Rejects when the source fails. */
  readonly failed: Promise<never>;
  /** Takes no more packets, lets the iteration end with those that are under way, and gives the totals of all. */
  finish(): Promise<PacketTotals>;
  /** Detaches everything. */
  close(): void;
}

interface Batch {
  readonly rows: PacketRows;
  readonly done: () => void;
}

/** Packets of an engine in this process, which attaches to the devices. */
export class LocalPackets implements PacketSource {
  readonly #engine: Engine;
  readonly #batches: Batch[] = [];
  #isFinished = false;
  #wake = () => {};

  /** Returns when every device has been tried; throws as `Engine.start` does. */
  constructor(options: EngineOptions, log: (record: LogRecord) => void) {
    this.#engine = Engine.start(options, {
      log,
      packets: (rows, done) => {
        this.#batches.push({ rows, done });
        this.#wake();
      },
    });
  }

  get failed(): Promise<never> {
    return this.#engine.failed;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PacketRows> {
    for (;;) {
      const batch = this.#batches.shift();
      if (batch !== undefined) {
        yield batch.rows;
        batch.done();
        // To print a thousand rows takes longer than a ring can wait: it has its turn in between.
        await nextTurn();
      } else if (this.#isFinished) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }

  async finish(): Promise<PacketTotals> {
    const last = await this.#engine.finish();
    this.#isFinished = true;
    this.#wake();
    return totalsOf(last, this.#engine.filteredOut);
  }

  close(): void {
    this.#engine.close();
  }
}

/** At rest. */
function totalsOf(last: Snapshot, filteredOut: number): PacketTotals {
  const lost = outcomeSum(last, ['ringFull', 'noRing', 'noEntry']);
  const sampledOut = outcomeSum(last, ['sampledOut']);
  const seen = outcomeSum(last, ['decoded', 'pending']) + sampledOut + lost;
  return { seen, filteredOut, sampledOut, lost };
}

/** @param isMeant by its place in the snapshot: whether a device counts */
export function outcomeSum(
  { parts }: Snapshot,
  outcomes: readonly (keyof Outcomes)[],
  isMeant: (index: number) => boolean = () => true,
): number {
  const devices = parts.logger?.devices.filter((_, index) => isMeant(index)) ?? [];
  return devices.reduce(
    (total, device) => outcomes.reduce((part, outcome) => part + (device?.[outcome] ?? 0), total),
    0,
  );
}
