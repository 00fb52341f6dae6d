// SPDX-License-Identifier: Apache-2.0
// What a metric is, with its Prometheus and its OpenTelemetry name, and what its labels are called in each.

/**
 * Each label and the OpenTelemetry attribute that carries the same value. The attributes follow the semantic
 * conventions where these have one; they have none for a network namespace.
 */
export const LABEL_ATTRIBUTES = {
  device: 'network.interface.name',
  netns: 'xdp.netns',
  cpu: 'cpu.logical_number',
  action: 'xdp.action',
  program: 'xdp.program.name',
  id: 'xdp.program.id',
  tag: 'xdp.program.tag',
  mode: 'xdp.mode',
  role: 'xdp.program.role',
  collector: 'xdp.collector',
  version: 'xdp.exporter.version',
  node_version: 'process.runtime.version',
  source_address: 'source.address',
  destination_address: 'destination.address',
  port: 'destination.port',
  network: 'xdp.network',
  outcome: 'xdp.outcome',
  kind: 'xdp.corruption.kind',
  family: 'network.type',
  protocol: 'network.transport',
  flags: 'xdp.tcp.flags',
  queue: 'xdp.rx_queue.number',
  reason: 'error.type',
  window: 'xdp.peak.window',
  driver: 'xdp.device.driver',
  mtu: 'xdp.device.mtu',
  speed: 'xdp.device.speed',
  rx_queues: 'xdp.device.rx_queues',
  isolation: 'xdp.isolation',
  process: 'xdp.process',
  file: 'xdp.exporter.file',
  from: 'xdp.redirect.from',
  to: 'xdp.redirect.to',
  map: 'xdp.map.id',
  function: 'xdp.program.function',
  lower: 'xdp.device.lower',
  tracepoint: 'xdp.tracepoint',
} as const;

export type LabelName = keyof typeof LABEL_ATTRIBUTES;

/** Labels whose attribute is an integer; the others are strings. */
export const INTEGER_LABELS: ReadonlySet<LabelName> = new Set(['cpu', 'id', 'map']);

/** Each value that a label can have and what it means, as `docs/metrics.md` prints it. */
type ValueMeanings = Readonly<Record<string, string>>;

interface Definition {
  /** The Prometheus name, which is also what OTLP's translation makes of `otelName`, `unit` and `type`. */
  readonly name: string;
  readonly otelName: string;
  /** UCUM. Empty for gauges that are 0 or 1: the unit "1" would append `_ratio` to the Prometheus name. */
  readonly unit:
    | ''
    | 'By'
    | 's'
    | '{attempt}'
    | '{corruption}'
    | '{event}'
    | '{export}'
    | '{packet}'
    | '{reader}'
    | '{record}'
    | '{restart}'
    | '{retarget}'
    | '{run}'
    | '{source}';
  /** Values may have fractions. Without this they are integers, and OTLP says so. */
  readonly fractional?: true;
  /** Says the unit and what is counted, in full sentences. */
  readonly help: string;
  /** What every sample has. A sample with `device` also has `netns` where its device has one. */
  readonly labels: readonly LabelName[];
  /** What a sample has where it applies. */
  readonly optionalLabels?: readonly LabelName[];
  /** Of labels whose values need an explanation. */
  readonly values?: Readonly<Partial<Record<LabelName, ValueMeanings>>>;
}

/** One number for each set of labels. */
export interface ScalarDefinition extends Definition {
  readonly type: 'counter' | 'gauge';
}

/** Buckets for each set of labels. */
export interface HistogramDefinition extends Definition {
  readonly type: 'histogram';
}

export type MetricDefinition = ScalarDefinition | HistogramDefinition;
