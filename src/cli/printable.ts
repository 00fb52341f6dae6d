// SPDX-License-Identifier: Apache-2.0
// Names from the kernel on their way to a terminal.

/** Devices, drivers and programs may be called anything: what a terminal would obey becomes "?". */
export function printable(name: string): string {
  return name.replace(/[^\x20-\x7e]/g, '?');
}
