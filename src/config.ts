// SPDX-License-Identifier: Apache-2.0
// What a user may choose, checked. Every complaint names the flag, quotes the value and says what would do.

import { type EngineOptions, LOGGER_TRANSPORTS, type LoggerOptions } from './engine/messages.ts';
import { ConfigError } from './errors.ts';
import { type ListenAddress, parseListenAddress } from './http/listen-address.ts';
import { checkTelemetryPath } from './http/routes.ts';
import { XDP_MODES } from './instruments/attached.ts';
import { MODES } from './instruments/choice.ts';
import type { DeviceSelection } from './instruments/selection.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from './log.ts';

/** How often devices that are absent or refuse are looked for again, and lost ones noticed. */
export const RESCAN_INTERVAL_MS = 2_000;

/** Devices that are counted at a time, where nobody asks for another number. */
export const DEFAULT_SLOTS = 256;
/** What the tags of the table of sources have bits for. */
const MAX_SLOTS = 4096;

export interface LogConfig {
  readonly level: LogLevel;
  readonly format: LogFormat;
}

export interface WebConfig {
  readonly listenAddress: ListenAddress;
  readonly telemetryPath: string;
}

/** Values as they came from flags and environment: types are right, contents are not yet checked. */
export interface RawValues {
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  isOn(name: string): boolean;
}

export function readLogConfig(values: RawValues): LogConfig {
  return {
    level: oneOf('log.level', values.text('log.level'), LOG_LEVELS),
    format: oneOf('log.format', values.text('log.format'), LOG_FORMATS),
  };
}

export function readWebConfig(values: RawValues): WebConfig {
  const telemetryPath = values.text('web.telemetry-path') ?? '';
  checkTelemetryPath(telemetryPath);
  return {
    listenAddress: parseListenAddress(values.text('web.listen-address') ?? ''),
    telemetryPath,
  };
}

export function readEngineOptions(values: RawValues): EngineOptions {
  const slots = { ...WHOLE, min: 1, max: MAX_SLOTS, unit: 'devices' };
  return {
    selection: readSelection(values),
    mode: oneOf('mode', values.text('mode'), MODES),
    xdpMode: oneOf('xdp-mode', values.text('xdp-mode'), XDP_MODES),
    attachDelayMs: readAttachDelay(values),
    packetSizes: values.isOn('packet-sizes'),
    ...readLoggerOptions(values),
    strict: values.isOn('strict'),
    netns: [...new Set(values.texts('netns').map((name) => nonEmpty('netns', name)))],
    slots: readNumber('max-devices', values.text('max-devices'), slots) ?? DEFAULT_SLOTS,
    rescanIntervalMs: RESCAN_INTERVAL_MS,
  };
}

function readAttachDelay(values: RawValues): number {
  const seconds = { min: 0, max: 86_400, unit: 'seconds' };
  return 1000 * (readNumber('attach-delay', values.text('attach-delay'), seconds) ?? 0);
}

/** Commands without the flag have no logger, unless they bring their own. */
export function readLoggerOptions(values: RawValues): { logger?: LoggerOptions } {
  const state = values.text('logger');
  if (state === undefined || oneOf('logger', state, ['on', 'off']) === 'off') {
    return {};
  }
  const number = (flag: string, range: NumberRange) => readNumber(flag, values.text(flag), range);
  const sampleInterval = number('logger.sample', {
    ...WHOLE,
    min: 1,
    max: 65_536,
    unit: 'packets',
  });
  const ringKib = number('logger.ring-kib', { ...WHOLE, min: 4, max: 262_144, unit: 'KiB' });
  const events = { ...WHOLE, min: 1_000, max: 1e9, unit: 'records per second' };
  const sources = { ...WHOLE, min: 0, max: 1_000, unit: 'sources' };
  const table = { ...WHOLE, min: 1_024, max: 4_194_304, unit: 'sources' };
  return {
    logger: {
      transport: oneOf('logger.transport', values.text('logger.transport'), LOGGER_TRANSPORTS),
      ...(sampleInterval === undefined ? {} : { sampleInterval }),
      ...(ringKib === undefined ? {} : { ringSizeBytes: ringKib * 1024 }),
      maxEventsPerSecond: number('logger.max-events-per-second', events) ?? 0,
      output: 'sources',
      sources: {
        maxSeries: number('top.sources', sources) ?? 0,
        tableSize: number('top.table-size', table) ?? 0,
        prefixV4: number('top.prefix-v4', { ...WHOLE, min: 1, max: 32, unit: 'bits' }) ?? 0,
        prefixV6: number('top.prefix-v6', { ...WHOLE, min: 1, max: 128, unit: 'bits' }) ?? 0,
        minShare: number('top.min-share', { min: 0, max: 1, unit: 'all packets' }) ?? 0,
        newSeriesPerHour:
          number('top.new-series-per-hour', { ...WHOLE, min: 0, max: 1e6, unit: 'series' }) ?? 0,
      },
    },
  };
}

function readSelection(values: RawValues): DeviceSelection {
  return {
    include: [...new Set(values.texts('device').map((name) => nonEmpty('device', name)))],
    exclude: values.texts('device-exclude').map((name) => nonEmpty('device-exclude', name)),
    defaultRoute: values.isOn('device-default-route'),
  };
}

export function isEmptySelection({ include, defaultRoute }: DeviceSelection): boolean {
  return include.length === 0 && !defaultRoute;
}

function nonEmpty(flag: string, value: string): string {
  if (value === '') {
    throw new ConfigError(`read --${flag} "": it is empty; leave the flag out or give it a value`);
  }
  return value;
}

function oneOf<const Choice extends string>(
  flag: string,
  value: string | undefined,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) {
    throw new ConfigError(`read --${flag} "${value}": not one of ${choices.join(', ')}`);
  }
  return choice;
}

const WHOLE = { whole: true } as const;

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  /** No fractions. */
  readonly whole?: boolean;
}

/** A finite number within the range, or undefined where the flag is absent. */
export function readNumber(
  flag: string,
  text: string | undefined,
  { min, max, unit, whole = false }: NumberRange,
): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= min && value <= max) || (whole && !Number.isInteger(value))) {
    const kind = whole ? 'a whole number' : 'a number';
    throw new ConfigError(`read --${flag} "${text}": not ${kind} of ${unit} from ${min} to ${max}`);
  }
  return value;
}
