// SPDX-License-Identifier: Apache-2.0
// The real OpenTelemetry Collector, and what its debug exporter says that it was sent.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findFreePort } from './free-port.ts';

/** The binary: of the environment variable OTELCOL, else on the path; undefined where there is none. */
export function findCollector(): string | undefined {
  const candidates = [process.env['OTELCOL'] ?? '', 'otelcol', 'otelcol-contrib'];
  return candidates.find(
    (candidate) => candidate !== '' && spawnSync(candidate, ['--version']).status === 0,
  );
}

export interface CollectedPoint {
  readonly attributes: Readonly<Record<string, string>>;
  /** As printed: of a sum or a gauge. */
  readonly value?: string;
  readonly start: string;
  /** Of a histogram. */
  readonly count?: string;
  readonly sum?: string;
  readonly bounds: readonly number[];
  /** By bucket, one more than there are bounds. */
  readonly counts: readonly number[];
}

export interface CollectedMetric {
  readonly name: string;
  /** "Unit", "DataType", "IsMonotonic", "AggregationTemporality", as printed. */
  readonly descriptor: Readonly<Record<string, string>>;
  readonly points: readonly CollectedPoint[];
}

export interface Collector {
  readonly url: string;
  /** Pushes until now. */
  readonly pushes: () => number;
  /** The newest push that was printed as a whole. */
  readonly newest: () => readonly CollectedMetric[];
  close(): Promise<void>;
}

/** Receives OTLP over HTTP, prints it and hands it on to `next`, which takes OTLP as protobuf. */
export async function startCollector(
  binary: string,
  folder: string,
  next: string,
): Promise<Collector> {
  const port = await findFreePort();
  const config = join(folder, 'collector.yaml');
  writeFileSync(
    config,
    [
      `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${port}"}}}}`,
      `exporters: {debug: {verbosity: detailed}, otlphttp: {metrics_endpoint: "${next}"}}`,
      'service:',
      '  telemetry: {metrics: {level: none}}',
      '  pipelines: {metrics: {receivers: [otlp], exporters: [debug, otlphttp]}}',
    ].join('\n'),
  );
  const child = spawn(binary, ['--config', `file:${config}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let pushes = 0;
  let current: string[] = [];
  let whole: string[] = [];
  let ready: () => void = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      if (line.includes('Everything is ready')) {
        ready();
      }
      if (/^Resource SchemaURL/.test(line)) {
        pushes++;
        current = [];
      }
      if (/^\s+\{"resource"/.test(line) && current.length > 0) {
        whole = current;
      }
      current.push(line);
    });
  }
  await Promise.race([
    isReady,
    ended.then(() => Promise.reject(new Error('start collector: it ended'))),
  ]);
  return {
    url: `http://127.0.0.1:${port}`,
    pushes: () => pushes,
    newest: () => parseMetrics(whole),
    async close() {
      child.kill();
      await ended;
    },
  };
}

/** Sections that begin with "Metric #", and in them data points that begin with their attributes. */
function parseMetrics(lines: readonly string[]): readonly CollectedMetric[] {
  return splitAt(lines, /^Metric #\d+$/).map((section) => {
    const [head = [], ...points] = splitAt(['head', ...section], /^head$|DataPoints #\d+$/);
    const descriptor = fieldsOf(head);
    return { name: descriptor['Name'] ?? '', descriptor, points: points.map(parsePoint) };
  });
}

function parsePoint(lines: readonly string[]): CollectedPoint {
  const fields = plainFieldsOf(lines);
  const { Value: value, StartTimestamp: start = '', Count: count, Sum: sum } = fields;
  const attributes = Object.entries(fieldsOf(lines)).map(([name, text]) => [
    name,
    /^\w+\((.*)\)$/.exec(text)?.[1] ?? text,
  ]);
  return {
    attributes: Object.fromEntries(attributes),
    start,
    bounds: numbersOf(lines, /^ExplicitBounds #\d+: (.*)$/),
    counts: numbersOf(lines, /^Buckets #\d+, Count: (.*)$/),
    ...(value === undefined ? {} : { value }),
    ...(count === undefined ? {} : { count }),
    ...(sum === undefined ? {} : { sum }),
  };
}

function numbersOf(lines: readonly string[], pattern: RegExp): number[] {
  return lines.flatMap((line) => {
    const text = pattern.exec(line)?.[1];
    return text === undefined ? [] : [Number(text)];
  });
}

/** The lines after each line that matches, until the next one. */
function splitAt(lines: readonly string[], pattern: RegExp): string[][] {
  const sections: string[][] = [];
  for (const line of lines) {
    if (pattern.test(line)) {
      sections.push([]);
    } else {
      sections.at(-1)?.push(line);
    }
  }
  return sections;
}

/** Of lines such as "     -> Name: xdp.packets". */
function fieldsOf(lines: readonly string[]): Record<string, string> {
  return pairsOf(lines, /^ +-> (.+?): (.*)$/);
}

/** Of lines such as "Value: 1". */
function plainFieldsOf(lines: readonly string[]): Record<string, string> {
  return pairsOf(lines, /^(\w+): (.*)$/);
}

function pairsOf(lines: readonly string[], pattern: RegExp): Record<string, string> {
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value] = pattern.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
}
