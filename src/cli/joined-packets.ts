// SPDX-License-Identifier: Apache-2.0
// Packets of an exporter that runs already, which looks for those that pass the filter.
import type { Outcomes } from '../collectors/logger/read.ts';
import type { RunningExporter } from '../control/running-exporter.ts';
import type { Log } from '../log.ts';
import { type PacketRows, packetCount } from '../snapshot/packet.ts';
import type { PacketCounts, PacketRequest } from '../snapshot/packet-stream.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { outcomeSum, type PacketSource, type PacketTotals } from './packet-source.ts';

const NOTHING: PacketCounts = { rows: 0, filtered: 0, sampledOut: 0, missed: 0 };

export class JoinedPackets implements PacketSource {
  readonly #exporter: RunningExporter;
  readonly #request: Pick<PacketRequest, 'filter' | 'sample'>;
  readonly #log: Log;
  readonly #stop = new AbortController();
  /** As the exporter was before the first packet. */
  readonly #before: Promise<Snapshot>;
  #counts = NOTHING;
  #sampleInterval = 1;
  /** The iteration fails by itself. */
  readonly failed = new Promise<never>(() => {});

  constructor(
    exporter: RunningExporter,
    request: Pick<PacketRequest, 'filter' | 'sample'>,
    log: Log,
  ) {
    this.#exporter = exporter;
    this.#request = request;
    this.#log = log;
    this.#before = exporter.snapshot();
    this.#before.catch(() => {});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PacketRows> {
    await this.#before;
    for await (const batch of this.#exporter.packets(this.#request, this.#stop.signal)) {
      this.#tellInterval(batch.sampleInterval);
      this.#counts = batch.counts;
      if (packetCount(batch) > 0) {
        yield batch;
      }
    }
  }

  /** Of what the exporter had told with the last batch: later packets count as not there yet. */
  async finish(): Promise<PacketTotals> {
    this.#stop.abort();
    const [before, after] = await Promise.all([this.#before, this.#exporter.snapshot()]);
    const { rows, filtered, sampledOut, missed } = this.#counts;
    const sumOf = (snapshot: Snapshot, outcomes: readonly (keyof Outcomes)[]) =>
      outcomeSum(snapshot, outcomes, (index) => snapshot.devices[index]?.wanted ?? false);
    const grown = (...outcomes: readonly (keyof Outcomes)[]) =>
      sumOf(after, outcomes) - sumOf(before, outcomes);
    const lost = grown('ringFull', 'noRing', 'noEntry');
    const unrecorded = grown('sampledOut');
    return {
      seen: rows + filtered + sampledOut + missed + unrecorded + lost,
      filteredOut: filtered,
      sampledOut: sampledOut + unrecorded,
      lost,
      missed,
    };
  }

  close(): void {
    this.#stop.abort();
  }

  /** The exporter's own sampling: what it does not record, nobody sees. */
  #tellInterval(interval: number): void {
    if (interval !== this.#sampleInterval) {
      this.#sampleInterval = interval;
      this.#log.warn('the exporter samples: it records one packet in N', { packets: interval });
    }
  }
}
