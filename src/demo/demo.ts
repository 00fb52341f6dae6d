// SPDX-License-Identifier: Apache-2.0
// The exporter at work without a network of one's own: a lab, the exporter on it, and traffic until Ctrl-C.
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import type { GeneratorOptions } from '../generator/options.ts';
import { FILTER_PROGRAM, type FilterProcess, startFilter } from './filter-process.ts';
import { type GeneratorProcess, startGenerator } from './generator-process.ts';
import { createLab, type Lab, type LabEnd } from './lab.ts';
import { narrate, narrationOf } from './narration.ts';
import { planStory, type ScenarioName, type Story } from './scenarios.ts';
import { startTraffic } from './traffic.ts';

/** From one look at the counter to the next, on a terminal and elsewhere. */
const INTERVAL_MS = { terminal: 1_000, plain: 5_000 } as const;

interface Counts {
  readonly packets: number;
  readonly dropped: number;
}

/** What the demo needs of a running exporter. */
interface DemoExporter {
  /** Of its metrics. */
  readonly url: string;
  /** Of its live page, where there is one. */
  readonly pageUrl?: string;
  /** Packets counted on the device until now, and those of them that its XDP program dropped. */
  counts(): Promise<Counts>;
  close(): Promise<void>;
  /** Rejects when the exporter ends without having been asked to. */
  readonly failed: Promise<never>;
}

/** What `xdp-exporter demo` is asked to do. */
export interface DemoOptions {
  /** `mixed`, by default. */
  readonly scenario?: ScenarioName;
  /** Without, until `signal` or the end of the story. */
  readonly durationSeconds?: number;
  /** Frames per second; 0 is as fast as it goes. */
  readonly rate: number;
  /** Have another process hold the device with a filter, and send a flood that it drops. */
  readonly observe?: boolean;
  readonly signal: AbortSignal;
  readonly startExporter: (end: LabEnd) => Promise<DemoExporter>;
  /** The command line of `top` that shows the device; absent where it cannot join the exporter. */
  readonly topCommand?: (end: LabEnd) => string;
  readonly write: (text: string) => void;
  /** Whether `write` goes to a terminal, where one line is enough: standard output, by default. */
  readonly isTerminal?: boolean;
}

/** What the demo is made of; a test gives its own. */
export interface DemoParts {
  readonly createLab: typeof createLab;
  readonly startFilter: (end: LabEnd) => Promise<FilterProcess>;
  readonly startGenerator: (options: GeneratorOptions) => GeneratorProcess;
  readonly intervalMs?: number;
}

/** Resolves when time is up or `signal` came. Whatever happens, nothing stays behind. */
export async function runDemo(
  options: DemoOptions,
  parts: DemoParts = { createLab, startFilter, startGenerator },
): Promise<void> {
  const lab = await parts.createLab({ name: 'demo' });
  try {
    const filter = options.observe === true ? await parts.startFilter(lab.rx) : undefined;
    try {
      await showExporter(lab, filter, options, parts);
    } finally {
      await filter?.stop();
    }
  } finally {
    await lab.close();
  }
}

async function showExporter(
  { rx, tx }: Lab,
  filter: FilterProcess | undefined,
  options: DemoOptions,
  parts: DemoParts,
): Promise<void> {
  const { scenario = 'mixed', rate, durationSeconds, observe = false } = options;
  const story = planStory({ scenario, rate, durationSeconds, observe });
  const exporter = await options.startExporter(rx);
  const place = { exporter, rx, top: options.topCommand?.(rx), filter };
  try {
    options.write(introduce(story, place));
    await showTraffic(story, { ...place, tx }, options, parts);
  } finally {
    await exporter.close();
  }
}

/** What there is when the exporter has started. */
interface Place {
  readonly exporter: DemoExporter;
  readonly rx: LabEnd;
  readonly top: string | undefined;
  readonly filter: FilterProcess | undefined;
}

function introduce(
  { name, middle, calm, durationSeconds }: Story,
  { exporter: { url, pageUrl }, rx: { netns, device }, top, filter }: Place,
): string {
  const speed = calm.rate === 0 ? 'at full speed' : `at ${grouped(calm.rate ?? 0)} packets/s`;
  const what =
    middle === undefined
      ? `generated traffic ${speed}`
      : `scenario "${name}", ${durationSeconds} s of generated traffic`;
  return [
    `demo: ${what}, counted on "${device}" in network namespace "${netns}"`,
    ...(filter === undefined
      ? []
      : [
          `filter:  program "${FILTER_PROGRAM}" (id ${filter.id}) of another process drops a flood; the exporter observes it`,
        ]),
    ...(pageUrl === undefined ? [] : [`look:    ${pageUrl}`]),
    ...(top === undefined ? [] : [`top:     ${top}`]),
    `metrics: ${url}`,
    `try:     curl -s ${url} | grep '^xdp_${filter === undefined ? '' : 'packets_total'}'`,
    'Press Ctrl-C to stop the demo and remove everything.\n',
  ].join('\n');
}

async function showTraffic(
  story: Story,
  { exporter, tx, top }: Place & { readonly tx: LabEnd },
  { signal, write, observe = false, ...output }: DemoOptions,
  parts: DemoParts,
): Promise<void> {
  const isTerminal = output.isTerminal ?? process.stdout.isTTY === true;
  const intervalMs = parts.intervalMs ?? (isTerminal ? INTERVAL_MS.terminal : INTERVAL_MS.plain);
  const before = await exporter.counts();
  const traffic = startTraffic(story, tx, parts.startGenerator);
  const over = new AbortController();
  // A line that was begun on a terminal is begun anew.
  const say = (line: string) => write(`${isTerminal ? '\r\x1b[K' : ''}${line}\n`);
  const narration = narrate(narrationOf(story, { ...exporter, top }), over.signal, say);
  try {
    const end = Promise.race([traffic.done, exporter.failed, aborted(signal)]);
    // It may reject while something else is awaited.
    end.catch(() => {});
    for await (const line of describeRates(exporter, end, intervalMs, observe)) {
      write(isTerminal ? `\r\x1b[K${line}` : `${line}\n`);
    }
    over.abort();
    await narration;
    const sent = await traffic.stop();
    const { packets, dropped } = await exporter.counts();
    const newLine = isTerminal ? '\n' : '';
    const counted = `${grouped(packets - before.packets)}${ofThem(observe, dropped)}`;
    write(`${newLine}sent ${grouped(sent)} packets, counted ${counted}\n`);
  } finally {
    over.abort();
    await traffic.stop().catch(() => {});
  }
}

/** A line per interval, until `end` resolves. */
async function* describeRates(
  exporter: DemoExporter,
  end: Promise<unknown>,
  intervalMs: number,
  observe: boolean,
): AsyncGenerator<string> {
  const look = async () => ({ ms: performance.now(), ...(await exporter.counts()) });
  let last = await look();
  while (await isGoingOn(end, intervalMs)) {
    const next = await look();
    const rate = ((next.packets - last.packets) * 1000) / (next.ms - last.ms);
    const dropped = ofThem(observe, next.dropped);
    yield `${grouped(Math.round(rate))} packets/s, ${grouped(next.packets)} so far${dropped}`;
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

function ofThem(observe: boolean, dropped: number): string {
  return observe ? `, ${grouped(dropped)} of them dropped by the filter` : '';
}

function grouped(count: number): string {
  return count.toLocaleString('en-US');
}
