// SPDX-License-Identifier: Apache-2.0
// Whether a device gets a program of ours, by default and by patterns of names.
import { ConfigError } from '../errors.ts';
import type { Device } from '../kernel/device.ts';
import { matchesDevice } from './selection.ts';

/** auto: attach where no program is on the device, observe the one that is; observe: never attach. */
export const MODES = ['auto', 'attach', 'observe'] as const;

export type Mode = (typeof MODES)[number];

/** The mode of those devices that a name, an alternative name or a glob means. */
export interface DeviceMode {
  readonly pattern: string;
  readonly mode: Mode;
}

export interface ModeOptions {
  readonly mode: Mode;
  /** The first whose pattern matches wins over `mode`. */
  readonly deviceModes: readonly DeviceMode[];
}

export function modeOf({ mode, deviceModes }: ModeOptions, device: Device): Mode {
  return deviceModes.find(({ pattern }) => matchesDevice(pattern, device))?.mode ?? mode;
}

/** Whether another's program may be observed on any device. */
export function mayObserve({ mode, deviceModes }: ModeOptions): boolean {
  return mode !== 'attach' || deviceModes.some((each) => each.mode !== 'attach');
}

/** Whether a program of ours may be put on any device. */
export function mayAttach({ mode, deviceModes }: ModeOptions): boolean {
  return mode !== 'observe' || deviceModes.some((each) => each.mode !== 'observe');
}

/**
 * "eth*=observe". A name may have a "=" in it, a mode has none.
 * @throws ConfigError that says what would do
 */
export function parseDeviceMode(text: string): DeviceMode {
  const [, pattern = '', word = ''] = /^(.+)=([^=]*)$/s.exec(text) ?? [];
  const mode = MODES.find((each) => each === word);
  if (mode === undefined) {
    throw new ConfigError(`not PATTERN=MODE with a mode of ${MODES.join(', ')}`);
  }
  return { pattern, mode };
}
