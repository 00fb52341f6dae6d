// SPDX-License-Identifier: Apache-2.0
// Every flag, once: what it takes, its default, and the sentence that --help shows.
import { DEFAULT_SLOTS } from '../config.ts';
import { LOGGER_TRANSPORTS } from '../engine/messages.ts';
import { XDP_MODES } from '../instruments/attached.ts';
import { MODES } from '../instruments/choice.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../log.ts';

export interface Flag {
  /** switch: true or false; list: may be given many times; text: once. Numbers are text until they are read. */
  readonly kind: 'switch' | 'list' | 'text';
  readonly describe: string;
  readonly default?: string | boolean;
  readonly alias?: string;
}

export type Flags = Readonly<Record<string, Flag>>;

export const DEVICE_FLAGS = {
  device: {
    kind: 'list',
    describe: 'Device to count on: a name, an alternative name or a glob such as "eth*"',
  },
  'device-exclude': { kind: 'list', describe: 'Device to leave out: likewise' },
  'device-default-route': {
    kind: 'switch',
    default: false,
    describe: 'Also count on every device that a default route leads to',
  },
  netns: {
    kind: 'list',
    describe: 'Network namespace of the devices: a name of "ip netns", a glob of names, or a path',
  },
  mode: {
    kind: 'text',
    default: 'auto',
    describe: `${MODES.join(', ')}; auto attaches where the device has no program and else observes the one it has; observe never attaches`,
  },
  'attach-delay': {
    kind: 'text',
    default: '30',
    describe: "Seconds that --mode auto leaves a device free after another's program has left it",
  },
  'xdp-mode': {
    kind: 'text',
    default: 'auto',
    describe: `${XDP_MODES.join(', ')}; auto is native, and generic only where the driver has no native XDP`,
  },
} as const satisfies Flags;

export const RUN_FLAGS = {
  'max-devices': {
    kind: 'text',
    default: String(DEFAULT_SLOTS),
    describe: 'Devices to keep counters of; one that is no longer wanted makes room for another',
  },
  strict: {
    kind: 'switch',
    default: false,
    describe: 'Exit with 1 rather than go on while a device is absent, occupied or refuses',
  },
  'packet-sizes': {
    kind: 'switch',
    default: true,
    describe: 'Count packets by size (--no-packet-sizes saves about 3 ns a packet)',
  },
} as const satisfies Flags;

export const LOGGER_FLAGS = {
  logger: {
    kind: 'text',
    default: 'on',
    describe: 'on, off: log every packet for source addresses, protocols and malformed packets',
  },
  'logger.sample': {
    kind: 'text',
    describe:
      'Record one packet in so many; without, as many as --logger.max-events-per-second allows',
  },
  'logger.max-events-per-second': {
    kind: 'text',
    default: '4000000',
    describe: 'Records of the whole process; above it packets are sampled',
  },
  'logger.transport': {
    kind: 'text',
    default: 'mapped',
    describe: `${LOGGER_TRANSPORTS.join(', ')}: how records reach the exporter; perf needs more rights and costs more`,
  },
  'logger.ring-kib': {
    kind: 'text',
    describe: "KiB of each CPU's ring; default: 64 MiB over all CPUs, 256 to 4096 each",
  },
  'top.sources': {
    kind: 'text',
    default: '20',
    describe: 'Source addresses with series of their own, for each device; 0 is none',
  },
  'top.table-size': {
    kind: 'text',
    default: '65536',
    describe: 'Source addresses to keep track of',
  },
  'top.prefix-v4': {
    kind: 'text',
    default: '32',
    describe: 'Bits of IPv4 addresses to tell apart',
  },
  'top.prefix-v6': {
    kind: 'text',
    default: '128',
    describe: 'Bits of IPv6 addresses to tell apart',
  },
  'top.min-share': {
    kind: 'text',
    default: '0.001',
    describe: "Part of a device's packets that a source must have for a series of its own",
  },
  'top.new-series-per-hour': {
    kind: 'text',
    default: '600',
    describe: 'Series of new source addresses that may begin in an hour',
  },
} as const satisfies Flags;

export const PACKET_LOG_FLAGS = {
  count: { kind: 'text', describe: 'Packets to print before it ends; without, until Ctrl-C' },
  duration: { kind: 'text', describe: 'Seconds until it ends' },
  output: { kind: 'text', alias: 'o', default: 'text', describe: 'text, json' },
} as const satisfies Flags;

export const WEB_FLAGS = {
  'web.listen-address': {
    kind: 'text',
    default: '127.0.0.1:10390',
    describe: 'Address to serve on; ":10390" is every interface',
  },
  'web.telemetry-path': { kind: 'text', default: '/metrics', describe: 'Path of the metrics' },
} as const satisfies Flags;

export const OTLP_FLAGS = {
  'otlp.endpoint': {
    kind: 'text',
    describe:
      'URL to push metrics to by OTLP over HTTP, such as "http://localhost:4318"; OTEL_* variables say the rest',
  },
} as const satisfies Flags;

export const LOG_FLAGS = {
  'log.level': { kind: 'text', default: 'info', describe: LOG_LEVELS.join(', ') },
  'log.format': { kind: 'text', default: 'logfmt', describe: LOG_FORMATS.join(', ') },
} as const satisfies Flags;

export const TOP_FLAGS = {
  interval: { kind: 'text', default: '1', describe: 'Seconds between two tables' },
  count: { kind: 'text', describe: 'Tables to print before it ends; without, until Ctrl-C' },
  once: { kind: 'switch', default: false, describe: 'Print one table, after one interval' },
  output: { kind: 'text', alias: 'o', default: 'text', describe: 'text, json' },
} as const satisfies Flags;

export const DEMO_FLAGS = {
  duration: { kind: 'text', describe: 'Seconds until it ends; without, until Ctrl-C' },
  rate: { kind: 'text', default: '200000', describe: 'Packets per second to generate' },
} as const satisfies Flags;
