// SPDX-License-Identifier: Apache-2.0
// The options of the logger and of the top lists that are made of its records; see schema.ts.
import { LOGGER_TRANSPORTS } from '../engine/options.ts';
import { choice, number, text } from './option.ts';

/** Where nobody asks for another number. `top` is to take little of a machine that it looks at. */
export const DEFAULT_EVENTS_PER_SECOND = { exporter: 4_000_000, top: 200_000 };

export const LOGGER = {
  logger: choice(['on', 'off'], {
    default: 'on',
    help: 'Record every packet, to count source addresses, protocols and malformed packets',
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
    help: `Maximum records of the whole process; above it, or when a ring is half full, packets are sampled; default: ${DEFAULT_EVENTS_PER_SECOND.exporter}, and ${DEFAULT_EVENTS_PER_SECOND.top} for top`,
    example: '1000000',
    chart: { value: 'logger.maxEventsPerSecond', default: DEFAULT_EVENTS_PER_SECOND.exporter },
  }),
  'logger.transport': choice(LOGGER_TRANSPORTS, {
    default: 'mapped',
    help: 'How records reach the exporter; perf needs more privileges and costs more',
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
    help: 'Number of source addresses with their own series, per device; 0 means none',
    chart: { value: 'topSources.count' },
  }),
  'top.destinations': number({
    min: 0,
    max: 1_000,
    unit: 'destinations',
    whole: true,
    default: 0,
    help: 'Number of destination addresses with their own series, per device; 0 means none',
  }),
  'top.ports': number({
    min: 0,
    max: 1_000,
    unit: 'ports',
    whole: true,
    default: 20,
    help: 'Number of destination ports with their own series, per device; 0 means none',
  }),
  'top.networks-file': text({
    takes: 'path',
    names: 'file',
    parse: (path) => path,
    help: 'YAML or JSON file of networks to count packets by: names, each with a list of prefixes; reloaded when it changes and on SIGHUP',
    example: '/etc/xdp-exporter/networks.yaml',
    chart: { value: 'topNetworks', default: {} },
  }),
  'top.table-size': number({
    min: 1_024,
    max: 4_194_304,
    unit: 'addresses',
    whole: true,
    default: 65_536,
    help: 'Number of source addresses to track, and of destination addresses',
  }),
  'top.prefix-v4': number({
    min: 1,
    max: 32,
    unit: 'bits',
    whole: true,
    default: 32,
    help: 'Prefix length by which IPv4 addresses are aggregated',
    chart: { value: 'topSources.prefixV4', default: 24 },
  }),
  'top.prefix-v6': number({
    min: 1,
    max: 128,
    unit: 'bits',
    whole: true,
    default: 128,
    help: 'Prefix length by which IPv6 addresses are aggregated',
    chart: { value: 'topSources.prefixV6', default: 48 },
  }),
  'top.min-share': number({
    min: 0,
    max: 1,
    default: 0.001,
    help: "Minimum share of a device's packets for an address or port to get its own series",
  }),
  'top.new-series-per-hour': number({
    min: 0,
    max: 1_000_000,
    unit: 'series',
    whole: true,
    default: 600,
    help: 'Maximum number of addresses or ports per hour that get a new series, for each list',
  }),
};
