// SPDX-License-Identifier: Apache-2.0
// The devices there are, their drivers, modes and occupants: `xdp-exporter devices`, and for a user who chose none.
import { type DeviceDescription, describeDevices } from '../engine/device-list.ts';
import type { EngineOptions } from '../engine/options.ts';
import { ConfigError } from '../errors.ts';
import { quoteJson } from '../log.ts';
import { isEmptySelection } from '../options/settings.ts';
import { alignColumns } from './columns.ts';
import type { CommandContext } from './command.ts';
import { printableName } from './printable.ts';

/** What to say where no device was chosen. */
export const NO_DEVICES =
  'choose devices: none given; name one, as in "xdp-exporter run eth0", or use --device-default-route';

export async function listDevices({ values, write }: CommandContext<'devices'>): Promise<void> {
  const devices = describeDevices(values.netns);
  write(values.output === 'json' ? formatJson(devices) : `${formatDevices(devices)}\n`);
}

/** @throws ConfigError with the list of devices where none was chosen */
export function requireDevices({ selection, netns }: EngineOptions): void {
  if (isEmptySelection(selection)) {
    const rows = formatDevices(describeDevices(netns)).split('\n');
    throw new ConfigError([NO_DEVICES, ...rows.map((row) => `  ${row}`)].join('\n'));
  }
}

/** An object a line. What the kernel cannot tell (native, before Linux 6.3) is null. */
export function formatJson(devices: readonly DeviceDescription[]): string {
  const lines = devices.map(({ netns, name, driver, native, occupant }) =>
    quoteJson({
      ...(netns === undefined ? {} : { netns }),
      device: name,
      driver: driver === '-' ? null : driver,
      native: native ?? null,
      occupant: occupant ?? null,
    }),
  );
  return lines.map((line) => `${line}\n`).join('');
}

export function formatDevices(devices: readonly DeviceDescription[]): string {
  const rows = devices.map(({ netns, name, driver, native, occupant }) => [
    netns === undefined ? name : `${netns}/${name}`,
    driver,
    xdpModes(native),
    occupant ?? '-',
  ]);
  const table = [['DEVICE', 'DRIVER', 'XDP MODES', 'ATTACHED'], ...rows];
  return alignColumns(table.map((row) => row.map(printableName))).join('\n');
}

/** @param native whether the driver has native XDP; undefined where the kernel cannot tell */
export function xdpModes(native: boolean | undefined): string {
  return MODES[String(native) as keyof typeof MODES];
}

const MODES = { true: 'native,generic', false: 'generic', undefined: 'generic,native?' } as const;
