// SPDX-License-Identifier: Apache-2.0
// The exporter at work without a network of one's own: a lab, the exporter on it, and traffic until Ctrl-C.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { GeneratorOptions } from '../generator/options.ts';
import { type GeneratorProcess, startGenerator } from './generator-process.ts';
import { createLab, type LabEnd } from './lab.ts';
import { DEMO_MIX } from './mix.ts';

/** Nobody watches a demo for longer. */
const MAX_SECONDS = 86_400;

/** From one look at the counter to the next, on a terminal and elsewhere. */
const INTERVAL_MS = { terminal: 1_000, plain: 5_000 } as const;

/** What the demo needs of a running exporter. */
interface DemoExporter {
  /** Of its metrics. */
  readonly url: string;
  /** Of its live page, where there is one. */
  readonly pageUrl?: string;
  /** Counted on the device until now. */
  packets(): Promise<number>;
  close(): Promise<void>;
  /** Rejects when the exporter ends without having been asked to. */
  readonly failed: Promise<never>;
}

/** What `xdp-exporter demo` is asked to do. */
export interface DemoOptions {
  /** Without, until `signal`. */
  readonly durationSeconds?: number;
  /** Frames per second; 0 is as fast as it goes. */
  readonly rate: number;
  readonly signal: AbortSignal;
  readonly startExporter: (end: LabEnd) => Promise<DemoExporter>;
  readonly write: (text: string) => void;
  /** Whether `write` goes to a terminal, where one line is enough: standard output, by default. */
  readonly isTerminal?: boolean;
}

/** What the demo is made of; a test gives its own. */
export interface DemoParts {
  readonly createLab: typeof createLab;
  readonly startGenerator: (options: GeneratorOptions) => GeneratorProcess;
  readonly intervalMs?: number;
}

/** Resolves when time is up or `signal` came. Whatever happens, nothing stays behind. */
export async function runDemo(
  options: DemoOptions,
  parts: DemoParts = { createLab, startGenerator },
): Promise<void> {
  const lab = await parts.createLab({ name: 'demo' });
  try {
    const exporter = await options.startExporter(lab.rx);
    try {
      options.write(introduce(exporter, lab.rx, options.rate));
      await showTraffic(exporter, lab.tx, options, parts);
    } finally {
      await exporter.close();
    }
  } finally {
    await lab.close();
  }
}

function introduce(
  { url, pageUrl }: DemoExporter,
  { netns, device }: LabEnd,
  rate: number,
): string {
  const speed = rate === 0 ? 'at full speed' : `at ${grouped(rate)} packets/s`;
  return [
    `demo: made-up traffic ${speed}, counted on "${device}" in network namespace "${netns}"`,
    ...(pageUrl === undefined ? [] : [`look:    ${pageUrl}`]),
    `metrics: ${url}`,
    `try:     curl -s ${url} | grep '^xdp_'`,
    'Ctrl-C ends it and removes everything.\n',
  ].join('\n');
}

async function showTraffic(
  exporter: DemoExporter,
  tx: LabEnd,
  { durationSeconds = MAX_SECONDS, rate, signal, write, ...output }: DemoOptions,
  parts: DemoParts,
): Promise<void> {
  const isTerminal = output.isTerminal ?? process.stdout.isTTY === true;
  const intervalMs = parts.intervalMs ?? (isTerminal ? INTERVAL_MS.terminal : INTERVAL_MS.plain);
  const before = await exporter.packets();
  const generator = parts.startGenerator({ ...tx, durationSeconds, rate, mix: DEMO_MIX });
  try {
    const end = Promise.race([generator.done, exporter.failed, aborted(signal)]);
    // It may reject while something else is awaited.
    end.catch(() => {});
    for await (const line of describeRates(exporter, end, intervalMs)) {
      write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
    }
    const { sent } = await generator.stop();
    const counted = (await exporter.packets()) - before;
    const newLine = isTerminal ? '\n' : '';
    write(`${newLine}sent ${grouped(sent)} packets, counted ${grouped(counted)}\n`);
  } finally {
    await generator.stop().catch(() => {});
  }
}

/** A line per interval, until `end` resolves. */
async function* describeRates(
  exporter: DemoExporter,
  end: Promise<unknown>,
  intervalMs: number,
): AsyncGenerator<string> {
  const look = async () => ({ ms: performance.now(), packets: await exporter.packets() });
  let last = await look();
  while (await isGoingOn(end, intervalMs)) {
    const next = await look();
    const rate = ((next.packets - last.packets) * 1000) / (next.ms - last.ms);
    yield `${grouped(Math.round(rate))} packets/s, ${grouped(next.packets)} so far`;
    last = next;
  }
}

/** True after `ms`; false as soon as `end` resolves. */
async function isGoingOn(end: Promise<unknown>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([
      end.then(() => false),
      setTimeout(ms, true, { signal: timer.signal }),
    ]);
  } finally {
    timer.abort();
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) {
    await once(signal, 'abort');
  }
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
