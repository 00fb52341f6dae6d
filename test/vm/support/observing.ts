// SPDX-License-Identifier: Apache-2.0
// A session as the engine runs it: looks, turns and snapshots, at the engine's pace.
import { setTimeout as sleep } from 'node:timers/promises';
import { openKernel } from '../../../src/engine/kernel.ts';
import type { EngineOptions, LoggerOptions } from '../../../src/engine/options.ts';
import { Session } from '../../../src/engine/session.ts';
import type { PacketRows } from '../../../src/snapshot/packet.ts';
import type { Snapshot } from '../../../src/snapshot/snapshot.ts';
import { LOGGER, optionsOf } from '../../unit/engine/engine-options.ts';
import { FakeLog } from '../../unit/fake-log.ts';
import type { Hook } from './hook.ts';

/** Every packet has its record. */
export const EVERY_PACKET: LoggerOptions = {
  ...LOGGER,
  sampleInterval: 1,
  ringSizeBytes: 8 * 1024 * 1024,
  top: {
    ...LOGGER.top,
    maxSeries: { sources: 16, destinations: 0, ports: 0 },
    newSeriesPerHour: 1e6,
  },
};

const CHANGE_INTERVAL_MS = 100;

export class Observing {
  readonly log = new FakeLog();
  readonly rows: PacketRows[] = [];
  readonly session: Session;
  #askedAtMs = 0;

  /** @param open gives the kernel; a test may have something happen in its calls */
  constructor(
    hook: Hook,
    include: readonly string[],
    {
      withLogger = true,
      ...others
    }: Partial<EngineOptions> & { readonly withLogger?: boolean } = {},
    open = openKernel,
  ) {
    const logger = withLogger ? { logger: EVERY_PACKET } : {};
    const options = optionsOf(
      { include },
      { mode: 'observe', netns: [hook.netns.name], ...logger, ...others },
    );
    this.session = new Session(open(options), options, this.log.log, (rows) =>
      this.rows.push(rows),
    );
    this.session.rescan();
  }

  /** As the engine's timers do. */
  tick(): void {
    this.session.turn();
    const nowMs = performance.now();
    if (nowMs - this.#askedAtMs >= CHANGE_INTERVAL_MS) {
      this.#askedAtMs = nowMs;
      if (this.session.changed()) {
        this.session.rescan();
      }
    }
  }

  /** Ticks until the first device is as wanted, and says how many ms that took. */
  async until(what: string, isSo: (device: Snapshot['devices'][number]) => boolean, ms = 10_000) {
    const startedAtMs = performance.now();
    for (;;) {
      this.tick();
      const [device] = this.session.snapshot().devices;
      const tookMs = performance.now() - startedAtMs;
      if (device !== undefined && isSo(device)) {
        return tookMs;
      }
      if (tookMs > ms) {
        const said = this.log.at('warn').at(-1);
        throw new Error(`wait for ${what}: ${JSON.stringify(device)} after ${tookMs} ms; ${said}`);
      }
      await sleep(10);
    }
  }

  /** With nothing under way. */
  async settled(): Promise<Snapshot> {
    for (;;) {
      this.session.turn();
      const snapshot = this.session.snapshot();
      const outcomes = snapshot.parts.logger?.devices ?? [];
      if (outcomes.every((outcome) => (outcome?.pending ?? 0) === 0)) {
        return snapshot;
      }
      await sleep(10);
    }
  }
}
