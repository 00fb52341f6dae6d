// SPDX-License-Identifier: Apache-2.0
// What a user may choose, checked. Every complaint names the flag, quotes the value and says what would do.

import { type DeviceSelection, type EngineOptions, XDP_MODES } from './engine/messages.ts';
import { ConfigError } from './errors.ts';
import { type ListenAddress, parseListenAddress } from './http/listen-address.ts';
import { checkTelemetryPath } from './http/routes.ts';
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from './log.ts';

/** How often devices that are absent or refuse are looked for again, and lost ones noticed. */
export const RESCAN_INTERVAL_MS = 2_000;

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
  const netns = values.text('netns');
  return {
    selection: readSelection(values),
    xdpMode: oneOf('xdp-mode', values.text('xdp-mode'), XDP_MODES),
    packetSizes: values.isOn('packet-sizes'),
    strict: values.isOn('strict'),
    rescanIntervalMs: RESCAN_INTERVAL_MS,
    ...(netns === undefined ? {} : { netns: nonEmpty('netns', netns) }),
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

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  readonly unit: string;
}

/** A finite number within the range, or undefined where the flag is absent. */
export function readNumber(
  flag: string,
  text: string | undefined,
  { min, max, unit }: NumberRange,
): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!(value >= min && value <= max)) {
    throw new ConfigError(
      `read --${flag} "${text}": not a number of ${unit} from ${min} to ${max}`,
    );
  }
  return value;
}
