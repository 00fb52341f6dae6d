// SPDX-License-Identifier: Apache-2.0
// Every metric once, with its Prometheus and its OpenTelemetry name. HELP says the unit and what is counted.

/** Each label and the OpenTelemetry attribute that carries the same value. */
export const LABEL_ATTRIBUTES = {
  device: 'network.interface.name',
  cpu: 'cpu.logical_number',
  action: 'xdp.action',
  program: 'xdp.program.name',
  id: 'xdp.program.id',
  tag: 'xdp.program.tag',
  mode: 'xdp.mode',
  collector: 'xdp.collector',
  version: 'service.version',
  node_version: 'process.runtime.version',
} as const;

export type LabelName = keyof typeof LABEL_ATTRIBUTES;

export interface MetricDefinition {
  /** The Prometheus name, which is also what OTLP's translation makes of `otelName`, `unit` and `type`. */
  readonly name: string;
  readonly otelName: string;
  /** UCUM. Empty for gauges that are 0 or 1: the unit "1" would append `_ratio` to the Prometheus name. */
  readonly unit: '' | 'By' | 's' | '{packet}';
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly LabelName[];
}

const AS_SEEN =
  'Ingress only, as the XDP program sees it: in native mode before GRO, one frame per wire frame, without FCS; ' +
  'in generic mode after GRO, where one frame may be an aggregate of up to 64 KiB.';
const VERDICT = "The action is the program's verdict, in attach mode always pass.";
const PER_CPU =
  'Only CPUs that are online now and actions seen on the device; the totals without cpu keep CPUs that went offline.';

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
