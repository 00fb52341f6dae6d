// SPDX-License-Identifier: Apache-2.0
// The options of the packet logger, each once, as in schema.ts.
import { LOGGER_TRANSPORTS } from '../engine/options.ts';
import { choice, number } from './option.ts';

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
    default: 4_000_000,
    help: 'Records of the whole process; above it, or when a ring is half full, packets are sampled',
    chart: { value: 'logger.maxEventsPerSecond' },
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
