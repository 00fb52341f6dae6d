// SPDX-License-Identifier: Apache-2.0
// Scrapes an exporter as Prometheus does, and keeps what a soak judges: counters that went back, memory, descriptors.
import { readdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ExporterProcess } from '../../e2e/support/exporter-process.ts';
import type { Samples } from '../../e2e/support/exposition.ts';
import { type Resident, residentMemory } from '../../e2e/support/memory.ts';
import { wireOf } from '../../e2e/support/wire-pid.ts';

export const SCRAPE_INTERVAL_MS = 5000;

/** The engine frees its garbage once in this time. */
const PERIOD_MS = 60_000;

/** Series that grow, by their names. */
const GROWS = /^\w+?(?:_total|_count|_bucket)(?:\{|$)/;

/** The processes of an exporter. */
export const PROCESSES = ['engine', 'wire'] as const;
export type ProcessName = (typeof PROCESSES)[number];

interface Look {
  readonly atMs: number;
  readonly resident: Readonly<Record<ProcessName, Resident>>;
  readonly descriptors: number;
}

export class Watcher {
  readonly #exporter: ExporterProcess;
  readonly #highest = new Map<string, number>();
  readonly #looks: Look[] = [];
  readonly #scrapesMs: number[] = [];
  /** Series that went back, each with its values. */
  readonly wentBack: string[] = [];
  failedScrapes = 0;

  constructor(exporter: ExporterProcess) {
    this.#exporter = exporter;
  }

  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.scrape().catch(() => this.failedScrapes++);
      this.#look();
      await delay(SCRAPE_INTERVAL_MS, undefined, { signal }).catch(() => {});
    }
  }

  async scrape(): Promise<Samples> {
    const startMs = performance.now();
    const samples = await this.#exporter.scrape();
    this.#scrapesMs.push(performance.now() - startMs);
    for (const [series, value] of samples) {
      if (GROWS.test(series)) {
        const before = this.#highest.get(series) ?? 0;
        if (value < before) {
          this.wentBack.push(`${series}: ${value} after ${before}`);
        }
        this.#highest.set(series, Math.max(before, value));
      }
    }
    return samples;
  }

  get scrapes(): number {
    return this.#scrapesMs.length;
  }

  get slowestScrapeMs(): number {
    return Math.max(0, ...this.#scrapesMs);
  }

  /** Bytes per hour after the first third of the run, by the least of each minute. */
  growthOf(process: ProcessName, field: keyof Resident): number {
    const least = new Map<number, number>();
    for (const { atMs, resident } of this.#warm) {
      const minute = Math.floor(atMs / PERIOD_MS);
      const soFar = least.get(minute) ?? Number.POSITIVE_INFINITY;
      least.set(minute, Math.min(resident[process][field], soFar));
    }
    return slopeOf([...least]) * (3_600_000 / PERIOD_MS);
  }

  /** Of both processes: the fewest in the first and in the last part of what was seen after warm-up. */
  get descriptors(): { readonly before: number; readonly after: number } {
    const warm = this.#warm.map(({ descriptors }) => descriptors);
    const part = Math.max(1, Math.floor(warm.length / 3));
    return { before: Math.min(...warm.slice(0, part)), after: Math.min(...warm.slice(-part)) };
  }

  /** At the last look. */
  residentOf(process: ProcessName): Resident {
    return (
      this.#looks.at(-1)?.resident[process] ?? { allBytes: 0, anonymousBytes: 0, fileBytes: 0 }
    );
  }

  get #warm(): readonly Look[] {
    return this.#looks.slice(Math.floor(this.#looks.length / 3));
  }

  #look(): void {
    const { pid } = this.#exporter;
    const wire = wireOf(pid);
    if (wire !== undefined) {
      this.#looks.push({
        atMs: performance.now(),
        resident: { engine: residentMemory(pid), wire: residentMemory(wire) },
        descriptors: readdirSync(`/proc/${pid}/fd`).length + readdirSync(`/proc/${wire}/fd`).length,
      });
    }
  }
}

/** Of the line with the least squares. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (values: readonly number[]) =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const x = mean(points.map(([at]) => at));
  const y = mean(points.map(([, value]) => value));
  const spread = points.reduce((sum, [at]) => sum + (at - x) ** 2, 0);
  const together = points.reduce((sum, [at, value]) => sum + (at - x) * (value - y), 0);
  return spread === 0 ? 0 : together / spread;
}
