// SPDX-License-Identifier: Apache-2.0
// The options of the logger and of the top lists that are made of its records; see schema.ts.
import { LOGGER_TRANSPORTS } from '../engine/options.ts';
import { choice, number, text } from './option.ts';

/** Where nobody asks for another number. `top` is to take little of a machine that it looks at. */
export const DEFAULT_EVENTS_PER_SECOND = { exporter: 4_000_000, top: 200_000 };

export const LOGGER = {
  logger: choice(['on', 'off'], {
    default: 'on',
    help: 'Log every packet for source addresses, protocols and malformed packets',
    chart: { value: 'logger.enabled' },
  }),
  'logger.sample': number({
    min: 1,
    max: 65_536,
    unit: 'packets',
    whole: true,
    help: 'Record 1 in N packets; default: as many as --logger.max-events-per-second allows',
    example: '8',
  }),
  'logger.max-events-per-second': number({
    min: 1_000,
    max: 1_000_000_000,
    unit: 'records per second',
    whole: true,
    help: `Records of the whole process; above it, or when a ring is half full, packets are sampled; default: ${DEFAULT_EVENTS_PER_SECOND.exporter}, and ${DEFAULT_EVENTS_PER_SECOND.top} for top`,
    example: '1000000',
    chart: { value: 'logger.maxEventsPerSecond', default: DEFAULT_EVENTS_PER_SECOND.exporter },
  }),
  'logger.transport': choice(LOGGER_TRANSPORTS, {
    default: 'mapped',
    help: 'How records reach the exporter; perf needs more rights and costs more',
    chart: { value: 'logger.transport' },
  }),
  'logger.ring-kib': number({
    min: 4,
    max: 262_144,
    unit: 'KiB',
    whole: true,
    help: "Size of each CPU's ring; default: 64 MiB over all CPUs, 256 to 4096 KiB each",
    example: '1024',
  }),
};

export const TOP = {
  'top.sources': number({
    min: 0,
    max: 1_000,
    unit: 'sources',
    whole: true,
    default: 20,
    help: 'Source addresses with series of their own, for each device; 0 is none',
    chart: { value: 'topSources.count' },
  }),
  'top.destinations': number({
    min: 0,
    max: 1_000,
    unit: 'destinations',
    whole: true,
    default: 0,
    help: 'Destination addresses with series of their own, for each device; 0 is none',
  }),
  'top.ports': number({
    min: 0,
    max: 1_000,
    unit: 'ports',
    whole: true,
    default: 20,
    help: 'Destination ports with series of their own, for each device; 0 is none',
  }),
  'top.networks-file': text({
    takes: 'path',
    names: 'file',
    parse: (path) => path,
    help: 'YAML or JSON file of networks to count packets by: names, each with a list of prefixes; read again when it changes and on SIGHUP',
    example: '/etc/xdp-exporter/networks.yaml',
    chart: { value: 'topNetworks', default: {} },
  }),
  'top.table-size': number({
    min: 1_024,
    max: 4_194_304,
    unit: 'addresses',
    whole: true,
    default: 65_536,
    help: 'Source addresses to keep track of, and as many destination addresses',
  }),
  'top.prefix-v4': number({
    min: 1,
    max: 32,
    unit: 'bits',
    whole: true,
    default: 32,
    help: 'Bits of IPv4 addresses to tell apart',
    chart: { value: 'topSources.prefixV4', default: 24 },
  }),
  'top.prefix-v6': number({
    min: 1,
    max: 128,
    unit: 'bits',
    whole: true,
    default: 128,
    help: 'Bits of IPv6 addresses to tell apart',
    chart: { value: 'topSources.prefixV6', default: 48 },
  }),
  'top.min-share': number({
    min: 0,
    max: 1,
    default: 0.001,
    help: "Part of a device's packets that an address or a port must have for a series of its own",
  }),
  'top.new-series-per-hour': number({
    min: 0,
    max: 1_000_000,
    unit: 'series',
    whole: true,
    default: 600,
    help: 'Series that may begin in an hour, of each of the lists',
  }),
};
