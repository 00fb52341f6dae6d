// SPDX-License-Identifier: Apache-2.0
// Options of an engine and of its logger, as far as tests do not say otherwise.
import type { EngineOptions, LoggerOptions } from '../../../src/engine/options.ts';
import { SLOTS } from './fake-kernel.ts';

export const LOGGER: LoggerOptions = {
  transport: 'mapped',
  maxEventsPerSecond: 1e9,
  turnIntervals: { exactMs: 4, sampledMs: 6 },
  output: 'top',
  top: {
    maxSeries: { sources: 2, destinations: 0, ports: 0 },
    tableSize: 64,
    prefixV4: 32,
    prefixV6: 128,
    minShare: 0,
    newSeriesPerHour: 1000,
  },
};

export function optionsOf(
  selection: Partial<EngineOptions['selection']>,
  others: Partial<EngineOptions> = {},
): EngineOptions {
  return {
    selection: { include: [], exclude: [], defaultRoute: false, ...selection },
    mode: 'attach',
    deviceModes: [],
    xdpMode: 'auto',
    attachDelayMs: 10_000,
    observePins: [],
    packetSizes: true,
    strict: false,
    netns: [],
    slots: SLOTS,
    tracepoints: 'off',
    rescanIntervalMs: 1000,
    ...others,
  };
}
