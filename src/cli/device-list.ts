// SPDX-License-Identifier: Apache-2.0
// What a user who named no device is shown: those there are, their drivers and their modes.
import { isEmptySelection } from '../config.ts';
import { type DeviceDescription, describeDevices } from '../engine/device-list.ts';
import type { EngineOptions } from '../engine/options.ts';
import { ConfigError } from '../errors.ts';
import { printableName } from './printable.ts';

/** @throws ConfigError with the list of devices where none was chosen */
export function requireDevices({ selection, netns }: EngineOptions): void {
  if (isEmptySelection(selection)) {
    const devices = describeDevices(netns);
    throw new ConfigError(
      `choose devices: none named; give --device NAME or --device-default-route\n${formatDevices(devices)}`,
    );
  }
}

export function formatDevices(devices: readonly DeviceDescription[]): string {
  const rows = devices.map(({ netns, name, driver, native, occupant }) => [
    netns === undefined ? name : `${netns}/${name}`,
    driver,
    MODES[String(native) as keyof typeof MODES],
    occupant ?? '-',
  ]);
  const table = [['DEVICE', 'DRIVER', 'XDP MODES', 'ATTACHED'], ...rows].map((row) =>
    row.map(printableName),
  );
  const widths = table[0]?.map((_, column) =>
    Math.max(...table.map((row) => row[column]?.length ?? 0)),
  );
  const align = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths?.[column] ?? 0)).join('  ');
  return table.map((row) => `  ${align(row).trimEnd()}`).join('\n');
}

const MODES = { true: 'native,generic', false: 'generic', undefined: 'generic,native?' } as const;
