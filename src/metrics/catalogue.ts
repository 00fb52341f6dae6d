// SPDX-License-Identifier: Apache-2.0
// Every metric once, with its Prometheus and its OpenTelemetry name. HELP says the unit and what is counted.

/** Each label and the OpenTelemetry attribute that carries the same value, by semantic conventions where there is one. */
export const LABEL_ATTRIBUTES = {
  device: 'network.interface.name',
  cpu: 'cpu.logical_number',
  action: 'xdp.action',
  program: 'xdp.program.name',
  id: 'xdp.program.id',
  tag: 'xdp.program.tag',
  mode: 'xdp.mode',
  collector: 'xdp.collector',
  version: 'xdp.exporter.version',
  node_version: 'process.runtime.version',
  source_address: 'source.address',
  outcome: 'xdp.outcome',
  family: 'network.type',
  protocol: 'network.transport',
  reason: 'error.type',
} as const;

export type LabelName = keyof typeof LABEL_ATTRIBUTES;

/** Labels whose attribute is an integer; the others are strings. */
export const INTEGER_LABELS: ReadonlySet<LabelName> = new Set(['cpu', 'id']);

export interface MetricDefinition {
  /** The Prometheus name, which is also what OTLP's translation makes of `otelName`, `unit` and `type`. */
  readonly name: string;
  readonly otelName: string;
  /** UCUM. Empty for gauges that are 0 or 1: the unit "1" would append `_ratio` to the Prometheus name. */
  readonly unit: '' | 'By' | 's' | '{export}' | '{packet}' | '{source}';
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Values may have fractions; without, they are integers and OTLP says so. */
  readonly fractional?: true;
  readonly help: string;
  readonly labels: readonly LabelName[];
}

const AS_SEEN =
  'Ingress only, as the XDP program sees it: in native mode before GRO, one frame per wire frame, without FCS; ' +
  'in generic mode after GRO, where one frame may be an aggregate of up to 64 KiB.';
const VERDICT = "The action is the program's verdict, in attach mode always pass.";
const PER_CPU =
  'Only CPUs that are online now and actions seen on the device; the totals without cpu keep CPUs that went offline.';

const JOINED =
  'A source has a series of its own from the moment it joins the largest ones; everything else, non-IP included, is in ' +
  'source_address="other", so that the rates add up to what was decoded.';
const WEIGHTED = 'With sampling each record stands for the packets since the last one.';

/** In the order in which they are exposed. */
export const METRICS = {
  deviceUp: {
    name: 'xdp_device_up',
    otelName: 'xdp.device.up',
    unit: '',
    type: 'gauge',
    help: 'Whether the frames of this device are being counted now: 1 for yes, 0 for no.',
    labels: ['device'],
  },
  programInfo: {
    name: 'xdp_program_info',
    otelName: 'xdp.program.info',
    unit: '',
    type: 'gauge',
    help: 'The XDP program that counts on the device: its name, kernel id, tag (digest of its instructions) and mode. Always 1.',
    labels: ['device', 'program', 'id', 'tag', 'mode'],
  },
  packets: {
    name: 'xdp_packets_total',
    otelName: 'xdp.packets',
    unit: '{packet}',
    type: 'counter',
    help: `Frames by action. ${AS_SEEN} ${VERDICT}`,
    labels: ['device', 'action'],
  },
  bytes: {
    name: 'xdp_bytes_total',
    otelName: 'xdp.bytes',
    unit: 'By',
    type: 'counter',
    help: `Bytes of the frames by action. ${AS_SEEN} ${VERDICT}`,
    labels: ['device', 'action'],
  },
  cpuPackets: {
    name: 'xdp_cpu_packets_total',
    otelName: 'xdp.cpu.packets',
    unit: '{packet}',
    type: 'counter',
    help: `Frames by action and by the CPU that handled them. ${PER_CPU}`,
    labels: ['device', 'cpu', 'action'],
  },
  cpuBytes: {
    name: 'xdp_cpu_bytes_total',
    otelName: 'xdp.cpu.bytes',
    unit: 'By',
    type: 'counter',
    help: `Bytes of the frames by action and by the CPU that handled them. ${PER_CPU}`,
    labels: ['device', 'cpu', 'action'],
  },
  packetSize: {
    name: 'xdp_packet_size_bytes',
    otelName: 'xdp.packet.size',
    unit: 'By',
    type: 'histogram',
    help: `Frames by their length in bytes. ${AS_SEEN}`,
    labels: ['device'],
  },
  sourcePackets: {
    name: 'xdp_source_packets_total',
    otelName: 'xdp.source.packets',
    unit: '{packet}',
    type: 'counter',
    help: `Frames by source address. ${JOINED} ${WEIGHTED}`,
    labels: ['device', 'source_address'],
  },
  sourceBytes: {
    name: 'xdp_source_bytes_total',
    otelName: 'xdp.source.bytes',
    unit: 'By',
    type: 'counter',
    help: `Bytes of the frames by source address. ${JOINED} ${WEIGHTED}`,
    labels: ['device', 'source_address'],
  },
  sourcesTracked: {
    name: 'xdp_sources_tracked',
    otelName: 'xdp.sources.tracked',
    unit: '{source}',
    type: 'gauge',
    help: 'Source addresses that are held in the table now.',
    labels: ['device'],
  },
  sourcesEvicted: {
    name: 'xdp_sources_evicted_total',
    otelName: 'xdp.sources.evicted',
    unit: '{source}',
    type: 'counter',
    help: 'Source addresses that lost their place in the table to others: many, where it is too small for the traffic.',
    labels: ['device'],
  },
  loggerPackets: {
    name: 'xdp_logger_packets_total',
    otelName: 'xdp.logger.packets',
    unit: '{packet}',
    type: 'counter',
    help: 'Frames that the logger saw, by what became of them: decoded, sampled_out (passed over by sampling), ring_full (lost, the reader was too slow) or no_ring (lost, the CPU had no ring). At rest they add up to xdp_packets_total.',
    labels: ['device', 'outcome'],
  },
  loggerPending: {
    name: 'xdp_logger_pending_packets',
    otelName: 'xdp.logger.pending.packets',
    unit: '{packet}',
    type: 'gauge',
    help: 'Frames that the logger saw and that are still on their way to the reader.',
    labels: ['device'],
  },
  sampleInterval: {
    name: 'xdp_logger_sample_interval',
    otelName: 'xdp.logger.sample.interval',
    unit: '{packet}',
    type: 'gauge',
    help: 'One frame in so many is recorded, at random; 1 is every frame.',
    labels: [],
  },
  protocolPackets: {
    name: 'xdp_protocol_packets_total',
    otelName: 'xdp.protocol.packets',
    unit: '{packet}',
    type: 'counter',
    help: `Frames by IP family and protocol, counted in the kernel and exact whatever the sampling. ${AS_SEEN}`,
    labels: ['device', 'family', 'protocol'],
  },
  protocolBytes: {
    name: 'xdp_protocol_bytes_total',
    otelName: 'xdp.protocol.bytes',
    unit: 'By',
    type: 'counter',
    help: `Bytes of the frames by IP family and protocol, exact whatever the sampling. ${AS_SEEN}`,
    labels: ['device', 'family', 'protocol'],
  },
  malformedPackets: {
    name: 'xdp_malformed_packets_total',
    otelName: 'xdp.malformed.packets',
    unit: '{packet}',
    type: 'counter',
    help: 'Frames whose headers are cut off or contradict themselves, by reason. They are passed on like all others.',
    labels: ['device', 'reason'],
  },
  ringSize: {
    name: 'xdp_ring_size_bytes',
    otelName: 'xdp.ring.size',
    unit: 'By',
    type: 'gauge',
    help: 'Bytes of the perf ring that carries the records of a CPU.',
    labels: ['cpu'],
  },
  ringFill: {
    name: 'xdp_ring_fill_ratio_max',
    otelName: 'xdp.ring.fill_ratio.max',
    unit: '',
    type: 'gauge',
    fractional: true,
    help: 'The largest part of the ring, 0 to 1, that was found filled in the last minute.',
    labels: ['cpu'],
  },
  otlpExports: {
    name: 'xdp_otlp_exports_total',
    otelName: 'xdp.otlp.exports',
    unit: '{export}',
    type: 'counter',
    help: 'Export requests to the OTLP endpoint by outcome: success, partial (the collector rejected some points) or failure (after all retries). Only while OTLP is on.',
    labels: ['outcome'],
  },
  otlpLastSuccess: {
    name: 'xdp_otlp_last_success_timestamp_seconds',
    otelName: 'xdp.otlp.last_success.timestamp',
    unit: 's',
    type: 'gauge',
    fractional: true,
    help: 'Unix time at which the OTLP endpoint last accepted all requests of a push, 0 before the first. Only while OTLP is on.',
    labels: [],
  },
  buildInfo: {
    name: 'xdp_exporter_build_info',
    otelName: 'xdp.exporter.build.info',
    unit: '',
    type: 'gauge',
    help: 'Version of xdp-exporter and of the Node.js it runs on. Always 1.',
    labels: ['version', 'node_version'],
  },
  collectorDuration: {
    name: 'xdp_scrape_collector_duration_seconds',
    otelName: 'xdp.scrape.collector.duration',
    unit: 's',
    type: 'gauge',
    fractional: true,
    help: 'Seconds that the collector took to read the kernel for this scrape.',
    labels: ['collector'],
  },
  collectorSuccess: {
    name: 'xdp_scrape_collector_success',
    otelName: 'xdp.scrape.collector.success',
    unit: '',
    type: 'gauge',
    help: 'Whether the collector succeeded: 1 for yes, 0 for no, in which case its part is missing from this scrape.',
    labels: ['collector'],
  },
} as const satisfies Record<string, MetricDefinition>;
