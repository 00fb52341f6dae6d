// SPDX-License-Identifier: Apache-2.0
// From values of options to what the engine, the server and the log are asked to do.
import os from 'node:os';
import type { EngineOptions, LoggerOptions, TurnIntervals } from '../engine/options.ts';
import { ConfigError } from '../errors.ts';
import { parseFilter } from '../filter/parse.ts';
import { formatListenAddress, type ListenAddress } from '../http/listen-address.ts';
import type { DeviceSelection } from '../instruments/selection.ts';
import type { LogFormat, LogLevel } from '../log.ts';
import type { Values } from './commands.ts';
import { DEFAULT_EVENTS_PER_SECOND, type LOGGER, type TOP } from './logger-schema.ts';
import type { ValuesOf } from './option.ts';
import { COUNTING, type DEVICES, type LOG_LINES, type NAMESPACES, type WEB } from './schema.ts';
import { readStatePin } from './state-pin.ts';

const MIB = 1024 * 1024;

/** How often devices that are absent or refuse are looked for again, and lost ones noticed. */
export const RESCAN_INTERVAL_MS = 2_000;

/** Devices that are counted at a time, where nobody asks for another number. */
export const DEFAULT_SLOTS = Number(COUNTING['max-devices'].default);

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

export interface WebConfig {
  /** Each different from the others; empty with `systemdSocket`. */
  readonly listenAddresses: readonly ListenAddress[];
  /** Serve on the sockets that systemd hands over. */
  readonly systemdSocket: boolean;
  /** The file of TLS settings and users, and what named it; absent: everybody is served, in the clear. */
  readonly file?: { readonly path: string; readonly origin: string };
  readonly telemetryPath: string;
  /** Serve the live page; auto: on a loopback address alone. */
  readonly live: 'auto' | 'on' | 'off';
  /** Serve no metrics of the process itself. */
  readonly disableExporterMetrics: boolean;
}

export function readLogConfig(values: ValuesOf<typeof LOG_LINES>): LogConfig {
  return { level: values['log.level'], format: values['log.format'] };
}

/** @param originOf where the value of an option came from */
export function readWebConfig(
  values: ValuesOf<typeof WEB>,
  originOf: (name: string) => string | undefined,
): WebConfig {
  const addresses = originOf('web.listen-address');
  const path = values['web.config.file'];
  if (values['web.systemd-socket'] && addresses !== undefined) {
    const origin = originOf('web.systemd-socket');
    throw new ConfigError(
      `read ${origin}: ${addresses} sets addresses as well; use only one of the two`,
    );
  }
  return {
    listenAddresses: values['web.systemd-socket'] ? [] : readAddresses(values, addresses),
    systemdSocket: values['web.systemd-socket'],
    ...(path === undefined
      ? {}
      : { file: { path, origin: originOf('web.config.file') ?? '--web.config.file' } }),
    telemetryPath: values['web.telemetry-path'],
    live: values['web.live'],
    disableExporterMetrics: values['web.disable-exporter-metrics'],
  };
}

/** Each is a descriptor of two processes. */
const MAX_ADDRESSES = 16;

function readAddresses(
  values: ValuesOf<typeof WEB>,
  origin: string | undefined,
): readonly ListenAddress[] {
  const addresses = values['web.listen-address'];
  const texts = new Set(addresses.map(formatListenAddress));
  if (texts.size < addresses.length || addresses.length > MAX_ADDRESSES) {
    const cause =
      addresses.length > MAX_ADDRESSES
        ? `${addresses.length} addresses; ${MAX_ADDRESSES} are the most`
        : 'the same address twice; leave one out';
    throw new ConfigError(`read ${origin}: ${cause}`);
  }
  return addresses;
}

/** For a viewer: it counts packets alone, and ends with an error where a device is down. */
export function readViewerOptions(
  values: ValuesOf<typeof DEVICES & typeof NAMESPACES>,
): EngineOptions {
  return {
    selection: readSelection(values),
    mode: values.mode,
    deviceModes: values['device-mode'],
    xdpMode: values['xdp-mode'],
    attachDelayMs: 1000 * values['attach-delay'],
    observePins: values['observe.pin'],
    packetSizes: false,
    tracepoints: 'off',
    strict: true,
    netns: values.netns,
    slots: DEFAULT_SLOTS,
    rescanIntervalMs: RESCAN_INTERVAL_MS,
  };
}

/** How often the engine wakes up for records, and how many it reads where nobody says how many. */
interface Reading {
  readonly eventsPerSecond: number;
  readonly turnIntervals: TurnIntervals;
}

/** A ring of 256 KiB holds what arrives in 2 ms at two million packets a second; most are far larger. */
const TURN_INTERVALS: TurnIntervals = { exactMs: 4, sampledMs: 4 };

const EXPORTER: Reading = {
  eventsPerSecond: DEFAULT_EVENTS_PER_SECOND.exporter,
  turnIntervals: TURN_INTERVALS,
};

/**
 * To wake up costs as much as to read hundreds of records. While there are peaks, no turn is longer than their shortest
 * window, and the smallest ring holds what the budget lets come in the longest one.
 */
const VIEWER: Reading = {
  eventsPerSecond: DEFAULT_EVENTS_PER_SECOND.top,
  turnIntervals: { exactMs: 10, sampledMs: 20 },
};

/** For `top`, which also shows sizes, protocols and sources. */
export function readTopOptions(values: Values<'top'>): EngineOptions {
  return { ...readViewerOptions(values), packetSizes: true, ...readLoggerOptions(values, VIEWER) };
}

/** Of all rings of `log`, and of one. A second of many packets fits, in which the process may have to wait for a CPU. */
const PACKET_RING_BYTES = { all: 64 * MIB, least: MIB / 4, most: 16 * MIB };

/** For `log`: of the packets that are looked at, every one is recorded, and none is kept by its source. */
export function readPacketOptions(values: Values<'log'>): EngineOptions {
  const { sample, filter } = values;
  const { all, least, most } = PACKET_RING_BYTES;
  return {
    ...readViewerOptions(values),
    logger: {
      transport: 'mapped',
      sampleInterval: sample,
      ringSizeBytes: Math.max(least, Math.min(most, all / os.cpus().length)),
      maxEventsPerSecond: 0,
      turnIntervals: TURN_INTERVALS,
      output: 'rows',
      ...(filter === undefined ? {} : { filter: parseFilter(filter) }),
      top: {
        maxSeries: { sources: 0, destinations: 0, ports: 0 },
        tableSize: 8,
        prefixV4: 32,
        prefixV6: 128,
        minShare: 1,
        newSeriesPerHour: 0,
      },
    },
  };
}

/** @param strictOrigin what asked for --strict */
export function readEngineOptions(
  values: Values<'run'>,
  strictOrigin: string | undefined,
): EngineOptions {
  return {
    ...readViewerOptions(values),
    packetSizes: values['packet-sizes'],
    tracepoints: values.tracepoints,
    ...(values['program-cost'] === undefined ? {} : { programCost: values['program-cost'] }),
    ...readLoggerOptions(values),
    strict: values.strict,
    ...(strictOrigin === undefined ? {} : { strictOrigin }),
    slots: values['max-devices'],
    ...readStatePin(values),
  };
}

/** Empty where the logger is off. */
export function readLoggerOptions(
  values: ValuesOf<typeof LOGGER & typeof TOP>,
  reading = EXPORTER,
): { logger?: LoggerOptions } {
  if (values.logger === 'off') {
    return {};
  }
  const sampleInterval = values['logger.sample'];
  const ringKib = values['logger.ring-kib'];
  const networksFile = values['top.networks-file'];
  return {
    logger: {
      transport: values['logger.transport'],
      ...(sampleInterval === undefined ? {} : { sampleInterval }),
      ...(ringKib === undefined ? {} : { ringSizeBytes: ringKib * 1024 }),
      maxEventsPerSecond: values['logger.max-events-per-second'] ?? reading.eventsPerSecond,
      turnIntervals: reading.turnIntervals,
      output: 'top',
      ...(networksFile === undefined ? {} : { networksFile }),
      top: {
        maxSeries: {
          sources: values['top.sources'],
          destinations: values['top.destinations'],
          ports: values['top.ports'],
        },
        tableSize: values['top.table-size'],
        prefixV4: values['top.prefix-v4'],
        prefixV6: values['top.prefix-v6'],
        minShare: values['top.min-share'],
        newSeriesPerHour: values['top.new-series-per-hour'],
      },
    },
  };
}

export function readSelection(values: ValuesOf<typeof DEVICES>): DeviceSelection {
  return {
    include: values.device,
    exclude: values['device-exclude'],
    defaultRoute: values['device-default-route'],
  };
}

/** What to say where no device was chosen. */
export const NO_DEVICES =
  'choose devices: none given; name one, as in "xdp-exporter run eth0", or use --device-default-route';

export function isEmptySelection({ include, defaultRoute }: DeviceSelection): boolean {
  return include.length === 0 && !defaultRoute;
}
