// SPDX-License-Identifier: Apache-2.0
// The program that is on a device, as far as the kernel tells.
import type { Occupant } from '../instruments/attached.ts';
import { type Device, listDevices, programOf } from '../kernel/device.ts';
import { readProgramInfoById } from '../kernel/program-info.ts';

/** As of now: since the device was listed, a program of ours may have been taken off it. */
export function askOccupant(ifindex: number): Occupant | undefined {
  const device = listDevices().find((candidate) => candidate.ifindex === ifindex);
  return device && readOccupant(device);
}

/** Whose program was on the device when it was listed. Its name needs CAP_SYS_ADMIN, and is "?" without. */
export function readOccupant({ xdp }: Pick<Device, 'xdp'>): Occupant | undefined {
  const program = programOf(xdp);
  return program && { ...program, name: programName(program.id) };
}

/** Its name may be gone with it, or hidden from us: both leave the id. */
function programName(id: number): string {
  try {
    return readProgramInfoById(id).name;
  } catch {
    return '?';
  }
}
